import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { attempts, entries, leases, settlementQuotes, transfers } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { unpaid } from '#domain/leases/position';
import { QUOTE_HOURS, settlementOn, type SettlementQuote } from '#domain/leases/settlement';
import { isRunning } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import { unfilled } from '#domain/payments/allocation';
import { books, waiver } from '#domain/payments/ledger';
import { record, type Context } from '../context.ts';
import { findAttempt } from '../payments/attempt-record.ts';
import { postTransfer } from '../payments/post-transfer.ts';
import { giveOwnership } from './end-lease.ts';
import { forgiveFees } from './late-fees.ts';
import { businessDate, lockLease, moneyOf, positionAt, unitOf, updateLines, type LeaseRecord } from './lease-record.ts';

export type QuoteRow = typeof settlementQuotes.$inferSelect;

/** Quotes what owning the vehicle costs today, on the lease's clock; good for a day. */
export async function quoteSettlement(context: Context, input: { leaseId: string }): Promise<SettlementQuote> {
  const { row, lines } = await lockLease(context.tx, input.leaseId);
  if (!isRunning(row.status))
    throw new Problem('invalid_state', `there is nothing to settle: the lease is ${row.status}`);
  const terms = { markupPercent: row.plan.markupPercent, unit: marketRules(row.market).lineUnit };
  const { amount, saved } = settlementOn(businessDate(row, context.at), moneyOf(row), lines, terms);
  const validUntil = new Date(context.at.getTime() + QUOTE_HOURS * 3_600_000);
  const id = uuidv7();
  await context.tx
    .insert(settlementQuotes)
    .values({ id, leaseId: row.id, amount, saved, quotedAt: context.at, validUntil });
  return { id, amount, saved, validUntil: validUntil.toISOString() };
}

/** @throws Problem when the quote is not this lease's, was used, or has expired on the lease's clock. */
async function openQuote({ tx, at }: Context, leaseId: string, quoteId: string): Promise<QuoteRow> {
  const [quote] = await tx
    .select()
    .from(settlementQuotes)
    .where(and(eq(settlementQuotes.id, quoteId), eq(settlementQuotes.leaseId, leaseId)));
  const refuse = (message: string) => new Problem('quote_expired', message, [{ path: 'quoteId', message }]);
  if (quote === undefined)
    throw new Problem('unprocessable', 'the lease has no such quote', [
      { path: 'quoteId', message: 'must be a quote of this lease' },
    ]);
  if (quote.usedAt !== null) throw refuse('the quote was used');
  if (quote.validUntil <= at) throw refuse('the quote has expired: ask for a new one');
  return quote;
}

/**
 * Lets a settlement's first payment in: of a good quote, never for more than it said, and one settlement of a lease at a time.
 *
 * @throws Problem as `openQuote`; settlement_under_way while the outcome of another one's payment is not known.
 */
export async function admitSettlement(
  context: Context,
  { leaseId, attemptId, quoteId }: { leaseId: string; attemptId: string; quoteId: string },
): Promise<void> {
  const lease = await lockLease(context.tx, leaseId);
  if ((await findAttempt(context.tx, attemptId)) !== undefined) return;
  const quote = await openQuote(context, leaseId, quoteId);
  if ((await quoteLeft(context, lease, quote)) > quote.amount)
    throw new Problem('quote_expired', 'more is owed than was quoted', [
      { path: 'quoteId', message: 'more is owed than was quoted: ask for a new one' },
    ]);
  if (await settlementUnderWay(context, leaseId)) throw new Problem('settlement_under_way');
}

/** True while a settlement's payment is pending or unknown. */
export async function settlementUnderWay({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<boolean> {
  const isOpen = inArray(attempts.status, ['pending', 'unknown']);
  const open = await tx
    .select({ id: attempts.id })
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), eq(attempts.kind, 'settlement'), isOpen))
    .limit(1);
  return open.length > 0;
}

/**
 * What is still to be paid of a quote, which other payments may have made less. Late fees that were charged
 * after it are no part of it.
 */
export async function quoteLeft(context: Context, record: LeaseRecord, quote: Quoted): Promise<number> {
  const feesSince = await readFeesSince(context, record);
  return leftOf(record, quote, { feesSince, at: context.at });
}

type Quoted = Pick<QuoteRow, 'saved' | 'quotedAt'>;
type FeesSince = (quotedAt: Date) => number;

function leftOf(
  record: LeaseRecord,
  { saved, quotedAt }: Quoted,
  { feesSince, at }: { feesSince: FeesSince; at: Date },
): number {
  const { outstanding, feesDue } = positionAt(record, at);
  return Math.max(0, outstanding + feesDue - feesSince(quotedAt) - saved);
}

/** Late fees that were charged since an instant and stand, less what was waived since. Minor units. */
async function readFeesSince({ tx }: Pick<Context, 'tx'>, { row }: LeaseRecord): Promise<FeesSince> {
  if (row.feesCharged === 0) return () => 0;
  const moves = await tx
    .select({ kind: transfers.kind, at: transfers.at, amount: sql<number>`sum(${entries.amount})::float8` })
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
  return (quotedAt) => {
    const since = moves.filter(({ at }) => at > quotedAt);
    return Math.max(
      0,
      since.reduce((sum, { kind, amount }) => sum + (kind === 'late_fee' ? amount : -amount), 0),
    );
  };
}

/**
 * The quote that money covers, by whatever way it came: of those that are open and were good when it was paid
 * the one that saves most. What a settlement was asked for in time is good for its payments, whenever they arrive.
 *
 * @returns with what of the money it takes and the fees that fall with it, in minor units; null where none is covered.
 */
export async function quoteCoveredBy(
  { tx, at }: Context,
  record: LeaseRecord,
  payment: { readonly due: string; readonly requestedAt: Date; readonly valueOn: LocalDate },
  amount: number,
): Promise<CoveredQuote | null> {
  if (!isRunning(record.row.status)) return null;
  const isOpen = and(eq(settlementQuotes.leaseId, record.row.id), isNull(settlementQuotes.usedAt));
  const open = await tx.select().from(settlementQuotes).where(isOpen).orderBy(desc(settlementQuotes.saved));
  const dayOf = (instant: Date) => businessDate(record.row, instant);
  // Of what was paid by itself and became known later only the day is known.
  const isOfItsDays = ({ quotedAt, validUntil }: QuoteRow) =>
    payment.valueOn < dayOf(at) && payment.valueOn >= dayOf(quotedAt) && payment.valueOn <= dayOf(validUntil);
  const isGood = (quote: QuoteRow) =>
    payment.due === `settle-${quote.id}` ||
    payment.requestedAt.getTime() < quote.validUntil.getTime() ||
    isOfItsDays(quote);
  // Less than a unit, which payments with cents left, nobody can pay: it is saved as well.
  const unit = unitOf(record.row);
  const feesSince = await readFeesSince({ tx }, record);
  const wholeLeft = (quote: QuoteRow) => {
    const left = leftOf(record, quote, { feesSince, at });
    return left - (left % unit);
  };
  const best = open.find((quote) => isGood(quote) && wholeLeft(quote) <= amount);
  return best === undefined ? null : { id: best.id, left: wholeLeft(best), laterFees: feesSince(best.quotedAt) };
}

/** Whether a quote that nobody has paid was good on a day. */
export async function hasQuoteOf({ tx }: Context, { row }: LeaseRecord, day: LocalDate): Promise<boolean> {
  const isOpen = and(eq(settlementQuotes.leaseId, row.id), isNull(settlementQuotes.usedAt));
  const open = await tx.select().from(settlementQuotes).where(isOpen);
  return open.some(
    ({ quotedAt, validUntil }) => businessDate(row, quotedAt) <= day && day <= businessDate(row, validUntil),
  );
}

interface CoveredQuote {
  readonly id: string;
  readonly left: number;
  readonly laterFees: number;
}

/** The late fees that were charged after a quote fall with it, as far as they are not paid. */
export async function dropLaterFees(
  context: Context,
  before: LeaseRecord,
  { id, laterFees }: CoveredQuote,
): Promise<LeaseRecord> {
  const amount = Math.min(laterFees, positionAt(before, context.at).feesDue);
  if (amount === 0) return before;
  const reason = 'charged after the quote that was paid';
  return forgiveFees(context, before, { key: `settlement-fees:${id}`, amount, reason });
}

/** A quote is paid: the saving is waived, and the vehicle is the customer's. */
export async function settleBy(context: Context, before: LeaseRecord, quoteId: string): Promise<LeaseRecord> {
  await context.tx.update(settlementQuotes).set({ usedAt: context.at }).where(eq(settlementQuotes.id, quoteId));
  const settled = await waiveLines(context, before, quoteId);
  const row = await giveOwnership(context, settled.row, 'settled_early');
  return { row, lines: settled.lines };
}

async function waiveLines(context: Context, { row, lines }: LeaseRecord, quoteId: string): Promise<LeaseRecord> {
  const open = lines.filter((line) => unpaid(line) > 0);
  const waived = open.reduce((sum, line) => sum + unpaid(line), 0);
  if (waived === 0) return { row, lines };
  await postTransfer(context, {
    key: `settlement:${quoteId}`,
    kind: 'settlement_saving',
    leaseId: row.id,
    book: books.lease(row.id),
    currency: row.currency,
    businessDate: businessDate(row, context.at),
    description: 'saved by settling early',
    cause: { quoteId },
    entries: waiver(row.id, unfilled(open)),
  });
  const after = lines.map((line) =>
    unpaid(line) > 0 ? { ...line, waived: line.waived + unpaid(line), filled: line.components } : line,
  );
  await updateLines(
    context,
    row,
    after.filter(({ number }) => open.some((line) => line.number === number)),
  );
  const totalPrice = row.totalPrice - waived;
  await context.tx.update(leases).set({ totalPrice }).where(eq(leases.id, row.id));
  await record(context, {
    key: `settlement:${quoteId}`,
    type: 'lease.settlement_saving',
    subject: row.id,
    leaseId: row.id,
    leaseStatus: row.status,
    detail: { quoteId, saved: waived },
  });
  return { row: { ...row, totalPrice }, lines: after };
}
