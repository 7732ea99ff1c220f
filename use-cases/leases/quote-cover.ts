import { and, desc, eq, inArray, isNotNull, isNull, ne, sql } from 'drizzle-orm';
import { attempts, cases, entries, settlementQuotes, transfers } from '#db/schema/index';
import { localDate, type LocalDate } from '#domain/calendar';
import { isPaidInTime, type DatedPayment } from '#domain/leases/settlement';
import { isRunning } from '#domain/leases/status';
import type { Context } from '../context.ts';
import { businessDate, positionAt, unitOf, type LeaseRecord } from './lease-record.ts';

export type QuoteRow = typeof settlementQuotes.$inferSelect;

/** What has moved on a lease since its quotes, in minor units. */
interface Since {
  /** Late fees that were charged after a quote and stand, less what was waived since. */
  readonly fees: (quote: QuoteRow) => number;
  /** What was booked after a quote and was not paid while it was good, so that it pays nothing of it. */
  readonly untimely: (quote: QuoteRow) => number;
}

/**
 * What is still to be paid of a quote, in minor units: less what was paid of it while it was good, and never more
 * than is owed. Late fees that were charged after it are no part of it.
 */
export async function quoteLeft(context: Context, record: LeaseRecord, quote: QuoteRow): Promise<number> {
  const since = await readSince(context, record);
  const { outstanding, feesDue } = positionAt(record, context.at);
  return Math.min(outstanding + feesDue, Math.max(0, owedOf(record, quote, since, context.at) + since.untimely(quote)));
}

/** What is owed today without a quote's saving and the fees after it, in minor units; below zero where it is less. */
function owedOf(record: LeaseRecord, quote: QuoteRow, since: Since, at: Date): number {
  const { outstanding, feesDue } = positionAt(record, at);
  return outstanding + feesDue - since.fees(quote) - quote.saved;
}

async function readSince(context: Pick<Context, 'tx'>, record: LeaseRecord, exceptId?: string): Promise<Since> {
  const fees = await readFees(context, record);
  const payments = await readPayments(context, record, exceptId);
  return {
    fees: ({ quotedAt }) => {
      // One that was undone and is due again is of its own day.
      const isLater = ({ kind, on }: FeeMove) => kind !== 'late_fee' || on >= businessDate(record.row, quotedAt);
      const since = fees.filter((move) => move.at > quotedAt && isLater(move));
      return Math.max(
        0,
        since.reduce((sum, { kind, amount }) => sum + (kind === 'late_fee' ? amount : -amount), 0),
      );
    },
    untimely: (quote) =>
      payments
        .filter(({ bookedAt, ...paid }) => bookedAt > quote.quotedAt && !isPaidInTime(quote, paid, record.row.market))
        .reduce((sum, { amount }) => sum + amount, 0),
  };
}

/** Late fees that were charged and stand, and what was waived of them. Minor units. */
async function readFees({ tx }: Pick<Context, 'tx'>, { row }: LeaseRecord) {
  if (row.feesCharged === 0) return [];
  return tx
    .select({
      kind: transfers.kind,
      at: transfers.at,
      on: transfers.valueOn,
      amount: sql<number>`sum(${entries.amount})::float8`,
    })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .where(
      and(
        eq(transfers.leaseId, row.id),
        inArray(transfers.kind, ['late_fee', 'fee_waiver']),
        sql`${entries.amount} > 0`,
        sql`not exists (select from ledger.transfers undone where undone.reverses = ${transfers.id})`,
      ),
    )
    .groupBy(transfers.id);
}

type FeeMove = Awaited<ReturnType<typeof readFees>>[number];

/**
 * What the payments in a lease's books paid of what was owed, in minor units, and when. Cash of an earlier day counts
 * from when it was booked until somebody else confirms the day: an agent's word alone pays no quote that has expired.
 */
async function readPayments({ tx }: Pick<Context, 'tx'>, { row }: LeaseRecord, exceptId?: string) {
  const isOpenClaim = and(eq(cases.paymentId, attempts.id), eq(cases.kind, 'backdated_cash'), eq(cases.status, 'open'));
  const rows = await tx
    .select({
      due: attempts.due,
      provider: attempts.provider,
      requestedAt: attempts.requestedAt,
      valueOn: attempts.valueOn,
      allocation: attempts.allocation,
      postedAt: transfers.at,
      claim: cases.id,
    })
    .from(attempts)
    .innerJoin(transfers, eq(transfers.id, attempts.transferId))
    .leftJoin(cases, isOpenClaim)
    .where(
      and(
        eq(attempts.leaseId, row.id),
        eq(attempts.status, 'succeeded'),
        ne(attempts.kind, 'refund'),
        isNotNull(attempts.valueOn),
        exceptId === undefined ? undefined : ne(attempts.id, exceptId),
      ),
    );
  return rows.map(({ due, provider, requestedAt, valueOn, allocation, postedAt, claim }) => {
    const isKnown = valueOn !== null && claim === null;
    const paid = allocation.filter(({ component }) => component !== 'credit' && component !== 'disputed');
    return {
      due,
      requestedAt,
      valueOn: isKnown ? localDate(valueOn) : businessDate(row, requestedAt),
      // Cash whose day was confirmed is booked anew; it was in the books before.
      bookedAt: provider === 'cash' ? requestedAt : postedAt,
      amount: paid.reduce((sum, part) => sum + part.amount, 0),
    };
  });
}

export interface CoveredQuote {
  readonly id: string;
  /** What of the payment that covers it pays what is owed; the rest is credit. */
  readonly left: number;
  /** The fees that fall with it. */
  readonly laterFees: number;
}

/**
 * The quote that a payment covers, by whatever way it came, together with what else was paid while the quote was
 * good: of those that are open the one that saves most.
 *
 * @returns sums in minor units; null where none is covered.
 */
export async function quoteCoveredBy(
  { tx, at }: Context,
  record: LeaseRecord,
  payment: DatedPayment & { readonly id: string },
  amount: number,
): Promise<CoveredQuote | null> {
  const { row } = record;
  if (!isRunning(row.status)) return null;
  const isOpen = and(eq(settlementQuotes.leaseId, row.id), isNull(settlementQuotes.usedAt));
  const open = await tx.select().from(settlementQuotes).where(isOpen).orderBy(desc(settlementQuotes.saved));
  const good = open.filter((quote) => isPaidInTime(quote, payment, row.market));
  if (good.length === 0) return null;
  const since = await readSince({ tx }, record, payment.id);
  // Less than a unit, which payments with cents left, nobody can pay: it is saved as well.
  const whole = (sum: number) => Math.max(0, sum - (sum % unitOf(row)));
  const best = good.find((quote) => whole(owedOf(record, quote, since, at) + since.untimely(quote)) <= amount);
  if (best === undefined) return null;
  return { id: best.id, left: whole(owedOf(record, best, since, at)), laterFees: since.fees(best) };
}

/** Whether a quote that nobody has paid, and that has ended, was good on a day. */
export async function hadQuoteOn(
  { tx, at }: Context,
  { row }: Pick<LeaseRecord, 'row'>,
  day: LocalDate,
): Promise<boolean> {
  const isOpen = and(eq(settlementQuotes.leaseId, row.id), isNull(settlementQuotes.usedAt));
  const open = await tx.select().from(settlementQuotes).where(isOpen);
  return open.some(
    ({ quotedAt, validUntil }) =>
      validUntil <= at && businessDate(row, quotedAt) <= day && day <= businessDate(row, validUntil),
  );
}
