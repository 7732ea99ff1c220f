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

/** A line that is kept and counted, and tells nothing: it may be a fee, a transfer to the bank, or of a form that is not known. */
export interface UnreadLine {
  /** Which of its fields says nothing that is known. */
  readonly field: 'type' | 'receipt' | 'amount' | 'currency' | 'at';
  readonly type: string | null;
  readonly receipt: string | null;
  /** Minor units; null where it cannot be read. */
  readonly amount: number | null;
}

/** A day of a provider's: what moved, and beside it what nobody here can read. */
export interface ProviderStatement {
  readonly lines: readonly StatementLine[];
  readonly unread: readonly UnreadLine[];
}

const types = z.enum(['charge', 'payBill', 'refund']);
const currencyCode = z.string().regex(/^[A-Z]{3}$/);
const minorAmount = z.string().regex(/^\d{1,15}$/);
const line = orNull(
  fields({
    type: optionalText,
    receipt: optionalText,
    originalReceipt: optionalText,
    reference: optionalText,
    account: optionalText,
    payer: optionalText,
    /** Minor units. */
    amount: optionalText,
    currency: orNull(text.pipe(currencyCode)),
    at: optionalText,
  }),
);
const statement = fields({ date: text, data: z.array(line) });
type Written = NonNullable<z.infer<typeof line>>;

const EURO_CENTS = 100;

/** The query of a statement's request. */
export function statementQuery(date: LocalDate): string {
  return `?${new URLSearchParams({ date }).toString()}`;
}

/** Not found, and gone. */
const none: ReadonlySet<number> = new Set([404, 410]);

/** How a statement's lines are read. */
interface Wall {
  readonly market: Market;
  readonly isSandbox: boolean;
}

/**
 * Reads a statement; what is in another currency than the market's belongs to another market's. MTN's
 * sandbox knows the euro only, in which it is asked for as many as are meant in the market's currency. A line that cannot be
 * read holds up no other.
 *
 * @throws ProviderFailure `unknown` when there is no statement of that date in the answer, or not one of its lines has a form that
 * is known, naming the field that is wrong but none of its values: those are personal; `refused` where the provider has none,
 * or keeps it no more.
 */
export function readStatement(
  provider: PaymentProvider,
  { status, body }: HttpAnswer,
  { date, market, isSandbox = false }: { date: LocalDate; market: Market; isSandbox?: boolean },
): ProviderStatement {
  const wrong = (what: string, kind: ProviderFailureKind = 'unknown') =>
    new ProviderFailure(kind, `${provider}: no statement of ${date} (${what})`);
  if (status !== 200) throw wrong(String(status), none.has(status) ? 'refused' : 'unknown');
  const parsed = statement.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrong(`${issue?.path.join('.') || 'the body'} is wrong: ${issue?.code ?? 'unreadable'}`);
  }
  if (parsed.data.date !== date) throw wrong('date is another day');
  const own = isSandbox ? 'EUR' : marketRules(market).currency;
  const read = parsed.data.data
    .filter((one) => one === null || one.currency === null || one.currency === own)
    .map((one) => readLine(one, { market, isSandbox }));
  const lines = read.flatMap((one) => ('field' in one ? [] : [one]));
  const unread = read.flatMap((one) => ('field' in one ? [one] : []));
  const [first] = unread;
  const isKnown = ({ field, amount }: UnreadLine) => field === 'type' || amount === 0;
  if (lines.length === 0 && first !== undefined && !unread.some(isKnown)) throw wrong(`data.0.${first.field} is wrong`);
  return { lines, unread };
}

function readLine(written: Written | null, { market, isSandbox }: Wall): StatementLine | UnreadLine {
  const { currency } = marketRules(market);
  const digits = minorAmount.safeParse(written?.amount).data;
  const whole = digits === undefined ? null : Number(digits);
  const amount = whole !== null && isSandbox ? (whole * minorUnits(currency)) / EURO_CENTS : whole;
  const type = types.safeParse(written?.type).data;
  const { receipt = null, originalReceipt = null, reference = null, account } = written ?? {};
  const at = instantIn(market, written?.at ?? '');
  const unread = (field: UnreadLine['field']) => ({ field, type: written?.type ?? null, receipt, amount });
  if (type === undefined) return unread('type');
  if (receipt === null) return unread('receipt');
  if (amount === null || amount === 0 || !Number.isSafeInteger(amount)) return unread('amount');
  if (written?.currency === null) return unread('currency');
  if (at === null) return unread('at');
  const payer = payerIn(market, written?.payer ?? '');
  return {
    type,
    receipt,
    originalReceipt,
    reference,
    account: account ?? '',
    payer,
    amount: money(amount, currency),
    at,
  };
}

/** With the plus or without; nobody where the number is masked, or a hash. */
function payerIn(market: Market, written: string): string | null {
  if (/^\+\d{8,15}$/.test(written)) return payerPhone(written);
  const plain = `+${written}`;
  return /^\d{8,15}$/.test(written) && plain.startsWith(marketRules(market).callingCode) ? payerPhone(plain) : null;
}
