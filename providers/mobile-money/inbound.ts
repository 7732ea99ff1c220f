import { z } from 'zod';
import { marketOf, type PaymentProvider } from '#domain/markets';
import type { Currency, Money } from '#domain/money';
import { storableJson } from '#domain/text';
import { announcedAmount } from './amounts.ts';
import { instantIn, orNull, text } from './wire.ts';

/** A payment that a customer made by himself, as the provider announces it. */
export interface InboundPayment {
  readonly provider: PaymentProvider;
  /** The provider's receipt: the same announcement may come many times. */
  readonly receipt: string;
  /** E.164 with the plus, where the provider names it. */
  readonly payer?: string;
  /** `+25471*****149`, where the provider hides it. */
  readonly payerMasked?: string;
  /** What the customer typed: a lease's reference, or nonsense; empty where that is not told. */
  readonly account: string;
  readonly amount: Money;
  readonly paidAt: Date;
  /** False when the announcement carries a signature that does not fit. Absent signatures are true. */
  readonly authentic: boolean;
}

/** Characters of a receipt: more than any provider's has, and no more than the database can look for. */
export const receiptText = text.pipe(z.string().max(100));
/** Digits without a plus; no payer where it is anything else. */
export const msisdn = orNull(text.pipe(z.string().regex(/^\d{6,15}$/)));

/** An announcement in our words; what stands for nothing is null, and amount and time are as they were written. */
export interface Announced {
  readonly receipt: string;
  readonly account: string | null;
  readonly amount: string;
  readonly currency: Currency;
  readonly paidAt: string;
  readonly payer?: string;
  readonly payerMasked?: string;
  readonly authentic?: boolean;
}

/** What came where payments are announced, and tells of none that can be read. */
export class NoAnnouncement extends SyntaxError {
  override readonly name = 'NoAnnouncement';
  /** What of it could not be read. */
  readonly unread: 'body' | 'fields' | 'amount' | 'paidAt';

  constructor(provider: PaymentProvider, unread: NoAnnouncement['unread']) {
    super(`not an announcement of an inbound payment by ${provider}: ${unread}`);
    this.unread = unread;
  }
}

/**
 * The payment that an announcement tells of: the money and when it moved must be readable, whose it is may be left to an
 * agent.
 *
 * @param announced reads the body; null where it is no announcement of this provider's
 * @throws NoAnnouncement when the body is none
 */
export function inboundOf(
  provider: PaymentProvider,
  body: string,
  announced: (body: unknown) => Announced | null,
): InboundPayment {
  const said = announced(jsonOf(provider, body));
  if (said === null) throw new NoAnnouncement(provider, 'fields');
  const amount = announcedAmount(said.amount, said.currency);
  if (amount === null) throw new NoAnnouncement(provider, 'amount');
  const paidAt = instantIn(marketOf(said.currency), said.paidAt);
  if (paidAt === null) throw new NoAnnouncement(provider, 'paidAt');
  const { currency: _, ...whose } = said;
  return { authentic: true, ...whose, provider, account: said.account ?? '', amount, paidAt };
}

function jsonOf(provider: PaymentProvider, body: string): unknown {
  try {
    return storableJson(body);
  } catch {
    throw new NoAnnouncement(provider, 'body');
  }
}

/** What a provider asks before it takes a payment: whose it is to be, or what is wrong with it whoever it is for. */
export type PayBillQuestion = { readonly account: string } | { readonly refused: 'amount' | 'shortcode' | 'other' };
export type PayBillVerdict = 'accepted' | 'account' | Extract<PayBillQuestion, { readonly refused: string }>['refused'];
