import { and, eq, inArray, isNotNull, ne, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { moneyInDoubt } from '#db/queries/doubts';
import { openQuotes, settlementUnderWay, type QuoteRow } from '#db/queries/quotes';
import { attempts, entries, transfers } from '#db/schema/index';
import { localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { feesAfterQuote, isPaidInTime, type DatedPayment } from '#domain/leases/settlement';
import type { Market } from '#domain/markets';
import { sumOf } from '#domain/leases/lease-credit';
import type { PaymentRow } from '#db/queries/payments';
import type { Context } from '../context.ts';
import { creditShares } from './credit-shares.ts';
import { lineNames } from './fee-lines.ts';
import { businessDate, positionAt, unitOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { noClaims, openClaims, type Claims } from './open-claims.ts';

/** What has moved on a lease since its quotes, in minor units. */
interface Since {
  /** Late fees that were charged after a quote and stand, less what was waived of them. */
  readonly fees: (quote: QuoteRow) => number;
  /** What was booked after a quote and was not paid while it was good, so that it pays nothing of it. */
  readonly untimely: (quote: QuoteRow) => number;
  /** Whether a payment was made while a quote was good. */
  readonly isInTime: (quote: QuoteRow, paymentId: string) => boolean;
}

/**
 * What is still to be paid of a quote, in minor units: less what was paid of it while it was good, and never more
 * than is owed. Late fees that were charged after it are no part of it.
 */
export function quoteLeft(context: Context, record: LeaseRecord, quote: QuoteRow): Promise<number> {
  return leastOf(context, record, [quote]);
}

/** The least that makes the vehicle the customer's, in full or by an open quote that was still good on a day; minor units. */
export async function leastLeft(context: Context, record: LeaseRecord, day: LocalDate): Promise<number> {
  const open = await openQuotes(context.tx, record.row.id);
  const good = open.filter(({ validUntil }) => day <= businessDate(record.row, validUntil));
  return leastOf(context, record, good);
}

/** The least that is left by one of these quotes, or all that is owed; minor units. The books are read once for all. */
async function leastOf(context: Context, record: LeaseRecord, quotes: readonly QuoteRow[]): Promise<number> {
  const { outstanding, feesDue } = positionAt(record, context.at);
  if (quotes.length === 0) return outstanding + feesDue;
  const since = await readSince(context, record, await openClaims(context, record.row));
  const left = quotes.map((quote) => Math.max(0, owedOf(record, quote, since, context.at) + since.untimely(quote)));
  return left.reduce((least, one) => Math.min(least, one), outstanding + feesDue);
}

type Payment = DatedPayment & Pick<PaymentRow, 'provider'>;

/** Cash that is booked while a quote is good pays it, also where it turns out to have been taken before. */
function isInTime(quote: QuoteRow, payment: Payment, market: Market): boolean {
  const bookedOn = localDateAt(payment.requestedAt.getTime(), market);
  const isBookedInTime = payment.provider === 'cash' && isPaidInTime(quote, { ...payment, valueOn: bookedOn }, market);
  return isBookedInTime || isPaidInTime(quote, payment, market);
}

/** What is owed today without a quote's saving and the fees after it, in minor units; below zero where it is less. */
function owedOf(record: LeaseRecord, quote: QuoteRow, since: Since, at: Date): number {
  const { outstanding, feesDue } = positionAt(record, at);
  return outstanding + feesDue - since.fees(quote) - quote.saved;
}

/** Whether a sum pays what is left of a quote: less than a unit, which payments with cents leave, nobody can pay. */
const covers = (row: LeaseRow, sum: number, left: number) => left - sum < unitOf(row);

/** What of a sum can be paid; the rest is saved as well. */
const wholeUnits = (row: LeaseRow, sum: number) => Math.max(0, sum - (sum % unitOf(row)));

/**
 * @param claims cash that counts from when it was booked: an agent's word alone pays no quote that has expired
 * @param exceptId a payment that is about to be booked, and none of those before it
 */
async function readSince(
  context: Pick<Context, 'tx'>,
  record: LeaseRecord,
  claims: Claims,
  exceptId?: string,
): Promise<Since> {
  const { market } = record.row;
  const fees = await readFees(context, record);
  const payments = await readPayments(context, record, claims, exceptId);
  const paid = payments.map(({ number, fees: amount }) => ({ kind: 'paid' as const, number, amount }));
  return {
    fees: ({ bookNumber }) => {
      // A fee that the quote had is its own, also where it was undone since and is charged again.
      const had = fees.filter(({ number, undone }) => number <= bookNumber && (undone === null || undone > bookNumber));
      const isLater = ({ kind, number, line }: FeeRow) =>
        kind === 'late_fee' && number > bookNumber && !had.some((one) => one.line === line);
      const stand = fees.filter(({ undone }) => undone === null);
      return feesAfterQuote([
        ...stand.map((fee) => ({ ...fee, kind: isLater(fee) ? ('later' as const) : fee.kind })),
        ...paid,
      ]);
    },
    untimely: (quote) =>
      payments
        .filter(({ number, ...one }) => number > quote.bookNumber && !isInTime(quote, one, market))
        .reduce((sum, { amount }) => sum + amount, 0),
    isInTime: (quote, paymentId) => payments.some((one) => one.id === paymentId && isInTime(quote, one, market)),
  };
}

/** Late fees that were charged, each with the name of its line and by which number it was undone, and what was waived of them. Minor units. */
async function readFees(context: Pick<Context, 'tx'>, { row }: LeaseRecord) {
  if (row.feesCharged === 0) return [];
  const undone = alias(transfers, 'undone');
  const ofKey = (part: number) =>
    sql<number>`case ${transfers.kind} when 'late_fee' then split_part(${transfers.key}, ':', ${part}::int)::int else 0 end`;
  const moves = await context.tx
    .select({
      kind: sql<'late_fee' | 'fee_waiver'>`${transfers.kind}`,
      number: transfers.number,
      undone: undone.number,
      version: ofKey(3),
      instalment: ofKey(4),
      amount: sql<number>`sum(${entries.amount})::float8`,
    })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .leftJoin(undone, eq(undone.reverses, transfers.id))
    .where(
      and(
        eq(transfers.leaseId, row.id),
        inArray(transfers.kind, ['late_fee', 'fee_waiver']),
        sql`${entries.amount} > 0`,
      ),
    )
    .groupBy(transfers.id, undone.id);
  const lineOf = await lineNames(context, row.id);
  return moves.map(({ version, instalment, ...move }) => ({ ...move, line: lineOf(version, instalment) }));
}

type FeeRow = Awaited<ReturnType<typeof readFees>>[number];

/** What the payments in a lease's books paid of what was owed, of which fees, in minor units, by their numbers in the book. */
async function readPayments({ tx }: Pick<Context, 'tx'>, { row }: LeaseRecord, claims: Claims, exceptId?: string) {
  const rows = await tx
    .select({
      id: attempts.id,
      due: attempts.due,
      provider: attempts.provider,
      requestedAt: attempts.requestedAt,
      valueOn: attempts.valueOn,
      allocation: attempts.allocation,
      // Cash whose day was confirmed is booked anew; it was in the books before.
      number: sql<number>`least(${transfers.number}, (
        select first.number from ledger.transfers first where first.key = 'payment:' || ${attempts.id}))::float8`,
    })
    .from(attempts)
    .innerJoin(transfers, eq(transfers.id, attempts.transferId))
    .where(
      and(
        eq(attempts.leaseId, row.id),
        eq(attempts.status, 'succeeded'),
        ne(attempts.kind, 'refund'),
        isNotNull(attempts.valueOn),
        exceptId === undefined ? undefined : ne(attempts.id, exceptId),
      ),
    );
  return rows.map(({ id, due, provider, requestedAt, valueOn, allocation, number }) => ({
    id,
    due,
    provider,
    requestedAt,
    valueOn: claims.get(id) ?? localDate(valueOn ?? businessDate(row, requestedAt)),
    number,
    amount:
      allocation.reduce((sum, { amount }) => sum + amount, 0) -
      sumOf(allocation, 'credit') -
      sumOf(allocation, 'disputed') -
      sumOf(allocation, 'rounding'),
    fees: sumOf(allocation, 'fee'),
  }));
}

interface CoveredQuote {
  readonly id: string;
  /** What of the payment that covers it pays what is owed; the rest is credit. */
  readonly left: number;
  /** The fees that fall with it. */
  readonly laterFees: number;
}

export interface QuoteThatWaits extends CoveredQuote {
  /** What was paid beyond it by money that was not for it: it is the customer's again. */
  readonly overpaid: number;
  readonly isPaid: boolean;
}

/**
 * The quote that a payment covers, by whatever way it came, together with what else was paid while the quote was
 * good: of those that are open the one that saves most. Where one is paid already and waits for days of cash, that one.
 *
 * @param open of a lease that runs
 * @returns sums in minor units; null where none is covered.
 */
export async function quoteCoveredBy(
  { tx, at }: Context,
  record: LeaseRecord,
  open: readonly QuoteRow[],
  { amount, ...payment }: Payment & { readonly id: string; readonly amount: number },
): Promise<CoveredQuote | null> {
  const { row } = record;
  const paid = open.filter(({ paidAt }) => paidAt !== null);
  const good = paid.length > 0 ? paid : open.filter((quote) => isInTime(quote, payment, row.market));
  if (good.length === 0) return null;
  const since = await readSince({ tx }, record, await openClaims({ tx }, row), payment.id);
  const left = (quote: QuoteRow) => owedOf(record, quote, since, at);
  const best = paid[0] ?? good.find((quote) => covers(row, amount, left(quote) + since.untimely(quote)));
  if (best === undefined) return null;
  return { id: best.id, left: wholeUnits(row, left(best)), laterFees: since.fees(best) };
}

/**
 * What quotes that may be paid come to by the books as they are now, which are read once.
 *
 * @returns what of the credit each takes, in minor units; `isPaid` is false where it has turned out not to be.
 */
export async function readQuotesThatWait(
  context: Context,
  record: LeaseRecord,
): Promise<(quote: QuoteRow) => QuoteThatWaits> {
  const { row } = record;
  const since = await readSince(context, record, await openClaims(context, row));
  const { shares } = await creditShares(context, row);
  return (quote) => {
    const credit = shares
      .filter(({ payment }) => since.isInTime(quote, payment.id))
      .reduce((sum, { left }) => sum + left, 0);
    const left = owedOf(record, quote, since, context.at);
    const isPaid = covers(row, credit, left + since.untimely(quote));
    const overpaid = Math.max(0, -left);
    return { id: quote.id, left: wholeUnits(row, left), laterFees: since.fees(quote), overpaid, isPaid };
  };
}

/** True where a quote is paid if the claimed days of cash are right, and is not if they are not. */
export async function quoteHangsOn(claims: Claims, context: Context, record: LeaseRecord): Promise<boolean> {
  const { row } = record;
  const open = (await openQuotes(context.tx, row.id)).filter(({ paidAt }) => paidAt === null);
  if (open.length === 0) return false;
  const [believed, doubted] = [await readSince(context, record, noClaims), await readSince(context, record, claims)];
  const isPaid = (quote: QuoteRow, since: Since) =>
    covers(row, 0, owedOf(record, quote, since, context.at) + since.untimely(quote));
  return open.some((quote) => isPaid(quote, believed) && !isPaid(quote, doubted));
}

/** True while a settlement is under way, or while other money in doubt may have been paid in the time of an open quote. */
export async function settlementMayBePaid(context: Context, { row }: LeaseRecord): Promise<boolean> {
  if (await settlementUnderWay(context.tx, row.id)) return true;
  const doubts = (await moneyInDoubt(context.tx, [row])).get(row.id) ?? [];
  if (doubts.length === 0) return false;
  const quotes = await openQuotes(context.tx, row.id);
  const isInTime =
    (on: LocalDate) =>
    ({ quotedAt, validUntil }: QuoteRow) =>
      businessDate(row, quotedAt) <= on && on <= businessDate(row, validUntil);
  return doubts.some(({ on }) => quotes.some(isInTime(on)));
}

/** Whether a quote that nobody has paid, and that has ended, was good on a day. */
export async function hadQuoteOn(
  context: Context,
  { row }: Pick<LeaseRecord, 'row'>,
  day: LocalDate,
): Promise<boolean> {
  return (await openQuotes(context.tx, row.id)).some(
    ({ quotedAt, validUntil }) =>
      validUntil <= context.at && businessDate(row, quotedAt) <= day && day <= businessDate(row, validUntil),
  );
}
