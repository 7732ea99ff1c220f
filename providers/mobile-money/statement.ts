import { z } from 'zod';
import type { LocalDate } from '#domain/calendar';
import { marketRules, type Market, type PaymentProvider } from '#domain/markets';
import { minorUnits, money, type Money } from '#domain/money';
import type { Line } from '#domain/payments/reconciliation';
import type { HttpAnswer } from '../http.ts';
import { ProviderFailure, type ProviderFailureKind } from '../provider-failure.ts';
import { fields, instantIn, optionalText, orNull, payerPhone, text } from './wire.ts';

/** A line of a provider's daily statement: money that really moved, and an amount that is always positive. */
export interface StatementLine extends Omit<Line, 'amount' | 'at'> {
  readonly amount: Money;
  readonly at: Date;
}

const line = fields({
  type: text.pipe(z.enum(['charge', 'payBill', 'refund'])),
  receipt: text,
  originalReceipt: optionalText,
  reference: optionalText,
  account: optionalText,
  payer: orNull(text.pipe(z.string().regex(/^\+\d{8,15}$/)).transform(payerPhone)),
  /** Minor units. */
  amount: text
    .pipe(z.string().regex(/^\d{1,15}$/))
    .transform(Number)
    .pipe(z.int().positive()),
  currency: text.pipe(z.string().regex(/^[A-Z]{3}$/)),
  at: text,
});
const statement = fields({ date: text, data: z.array(line) });

const EURO_CENTS = 100;

/** The query of a statement's request. */
export function statementQuery(date: LocalDate): string {
  return `?${new URLSearchParams({ date }).toString()}`;
}

/** Not found, and gone. */
const none: ReadonlySet<number> = new Set([404, 410]);

/**
 * Reads a statement; what is in another currency than the market's belongs to another market's. MTN's
 * sandbox knows the euro only, in which it is asked for as many as are meant in the market's currency.
 *
 * @throws ProviderFailure `unknown` when there is no statement of that date in the answer, naming the field
 * that is wrong but none of its values: those are personal; `refused` where the provider has none, or keeps it no more.
 */
export function readStatement(
  provider: PaymentProvider,
  { status, body }: HttpAnswer,
  { date, market, isSandbox = false }: { date: LocalDate; market: Market; isSandbox?: boolean },
): StatementLine[] {
  const wrong = (what: string, kind: ProviderFailureKind = 'unknown') =>
    new ProviderFailure(kind, `${provider}: no statement of ${date} (${what})`);
  if (status !== 200) throw wrong(String(status), none.has(status) ? 'refused' : 'unknown');
  const parsed = statement.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(`${issue?.path.join('.') || 'the body'} is wrong: ${issue?.code ?? 'unreadable'}`);
  }
  if (parsed.data.date !== date) throw wrong('date is another day');
  const { currency } = marketRules(market);
  const inMinor = (amount: number) => (isSandbox ? (amount * minorUnits(currency)) / EURO_CENTS : amount);
  return parsed.data.data
    .filter((one) => one.currency === (isSandbox ? 'EUR' : currency))
    .map(({ currency: _currency, amount, account, at: written, ...rest }, index) => {
      const at = instantIn(market, written);
      if (at === null) throw wrong(`data.${index}.at is wrong: no instant`);
      return { ...rest, account: account ?? '', amount: money(inMinor(amount), currency), at };
    });
}
