import type { Money } from '#domain/money';
import type { HttpAnswer } from '../http.ts';
import { ProviderFailure } from '../provider-failure.ts';
import type { CodedAnswer } from './answers.ts';
import { errorAnswer } from './mpesa-wire.ts';

/** What M-Pesa moves at once, in cents: 250,000 shillings. */
export const MAXIMUM = 250_000_00;

/** @throws ProviderFailure `refused` when M-Pesa cannot express the amount. */
export function wholeShillings({ amount, currency }: Money): number {
  if (currency !== 'KES' || amount < 100 || amount % 100 !== 0) {
    throw new ProviderFailure('refused', 'mpesa: an amount must be whole shillings of KES');
  }
  if (amount > MAXIMUM) throw new ProviderFailure('refused', 'mpesa: at most 250,000 KES at once', 'over_limit');
  return amount / 100;
}

/** Daraja has no field for our id: it comes back as a part of the URL. */
export function withReference(callbackUrl: string, id: string): string {
  const url = new URL(callbackUrl);
  url.searchParams.set('reference', id);
  return url.href;
}

export function codeOf({ body }: HttpAnswer): string | undefined {
  return errorAnswer.safeParse(body).data?.errorCode;
}

export function coded(answer: HttpAnswer, responseCode: string | undefined): CodedAnswer {
  const code = codeOf(answer) ?? (responseCode === undefined ? undefined : `ResponseCode ${responseCode}`);
  return { status: answer.status, codes: code === undefined ? [] : [code] };
}
