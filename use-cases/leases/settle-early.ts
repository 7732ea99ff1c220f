import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { findAttempt } from '#db/queries/payments';
import { openQuotes, paidQuote, settlementUnderWay, type QuoteRow } from '#db/queries/quotes';
import { whileHeldBy } from '#db/queries/tenures';
import { leases, settlementQuotes } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { unpaid } from '#domain/leases/position';
import { interestPaidAhead, QUOTE_HOURS, settlementOn, type SettlementQuote } from '#domain/leases/settlement';
import { isRunning } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import { unfilled } from '#domain/leases/allocation';
import { books, settlementSaving } from '#domain/ledger/ledger';
import { uuidFor } from '#steering/uuid-for';
import { record, type Context } from '../context.ts';
import { postTransfer } from '../ledger/post-transfer.ts';
import { creditPays } from './credit-pays.ts';
import { giveOwnership, takeVehicleBack } from './end-lease.ts';
import { forgiveFees } from './waive-fees.ts';
import {
  businessDate,
  lockLease,
  lockLeaseFor,
  moneyOf,
  positionAt,
  updateLines,
  type LeaseRecord,
  type LeaseRow,
} from './lease-record.ts';
import { bookWhatWaits, hangsOnClaims, refuseWhileQuoteWaits } from './before-end.ts';
import { feesDueAgain } from './fees-due-again.ts';
import { freeOverpaid } from './free-overpaid.ts';
import { quoteLeft, readQuotesThatWait, type QuoteThatWaits } from './quote-cover.ts';

/** So many quotes of a lease are made within a day: each counts for whatever is known later of the time in which it was good. */
const QUOTES_A_DAY = 20;

/**
 * Quotes what owning the vehicle costs today, on the lease's clock; good for a day. One quote a command.
 *
 * @throws Problem invalid_state unless it runs; settlement_under_way while a quote that is paid waits; too_many_quotes.
 */
export async function quoteSettlement(
  context: Context,
  { leaseId, commandId }: { readonly leaseId: string; readonly commandId?: string | undefined },
): Promise<SettlementQuote> {
  const found = await lockLeaseFor('quoteSettlement', context, leaseId);
  const id = commandId === undefined ? uuidv7() : uuidFor('quote', leaseId, commandId);
  const made = await madeBefore(context, id);
  if (made !== undefined) return made;
  await refuseWhileQuoteWaits(context, found.row);
  await refuseMoreQuotes(context, found.row);
  const { row, lines } = await bookWhatWaits(context, found);
  const terms = { markupPercent: row.plan.markupPercent, unit: marketRules(row.market).lineUnit };
  const { amount, saved } = settlementOn(businessDate(row, context.at), moneyOf(row), lines, terms);
  const validUntil = new Date(context.at.getTime() + QUOTE_HOURS * 3_600_000);
  await context.tx
    .insert(settlementQuotes)
    .values({ id, leaseId: row.id, amount, saved, quotedAt: context.at, validUntil, bookNumber: lastNumber(row.id) });
  return { id, amount, saved, validUntil: validUntil.toISOString() };
}

/** What a command was answered that is carried out again. */
async function madeBefore({ tx }: Context, id: string): Promise<SettlementQuote | undefined> {
  const [made] = await tx.select().from(settlementQuotes).where(eq(settlementQuotes.id, id));
  if (made === undefined) return undefined;
  const { amount, saved, validUntil } = made;
  return { id, amount, saved, validUntil: validUntil.toISOString() };
}

async function refuseMoreQuotes({ tx, at }: Context, { id, customerId }: LeaseRow): Promise<void> {
  const lately = gt(settlementQuotes.quotedAt, new Date(at.getTime() - 24 * 3_600_000));
  const isHis = whileHeldBy(customerId, settlementQuotes.leaseId, settlementQuotes.quotedAt);
  const made = await tx.$count(settlementQuotes, and(eq(settlementQuotes.leaseId, id), lately, isHis));
  if (made >= QUOTES_A_DAY) throw new Problem('too_many_quotes');
}

/** The last number in a lease's book. */
export const lastNumber = (leaseId: string) =>
  sql<number>`(select coalesce(max(number), 0) from ledger.transfers where book = ${books.lease(leaseId)})`;

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
  const left = await quoteLeft(context, lease, quote);
  if (left === null || left > quote.amount)
    throw new Problem('quote_expired', 'more is owed than was quoted', [
      { path: 'quoteId', message: 'more is owed than was quoted: ask for a new one' },
    ]);
  if (await settlementUnderWay(context.tx, leaseId)) throw new Problem('settlement_under_way');
}

/** A quote is paid; the lease is settled by it at once, or when the days of cash are decided on that it hangs on. */
export async function noteQuotePaid({ tx, at }: Context, quoteId: string): Promise<void> {
  const isNew = and(eq(settlementQuotes.id, quoteId), isNull(settlementQuotes.paidAt));
  await tx.update(settlementQuotes).set({ paidAt: at }).where(isNew);
}

/**
 * What a lease comes to after money was taken out of its books, or counts from another day: late fees are due
 * again, a quote that is paid settles it, and without one its credit pays what is owed, after its end too. Call it with the lease locked,
 * when the books are as they are now.
 */
export async function reckonAnew(context: Context, before: LeaseRecord): Promise<LeaseRecord> {
  return endByPaidQuote(context, await feesDueAgain(context, before));
}

/**
 * Settles a lease by the quote that is paid. While it hangs on a day of cash that nobody else has decided on it waits;
 * where it turns out not to be paid, the lease goes on, and its credit pays what is owed, as before the handover and after the end.
 */
export async function endByPaidQuote(context: Context, before: LeaseRecord): Promise<LeaseRecord> {
  const { status } = before.row;
  if (!isRunning(status)) return creditPays(context, before);
  const paid = await paidQuote(context.tx, before.row.id);
  if (paid === undefined) return creditPays(context, before);
  const known = await feesDueAgain(context, before, 'before_end');
  const quote = await quoteToEndBy(context, known, paid);
  if (quote !== null && (await hangsOnClaims(context, known))) return known;
  const applied = await creditPays(context, known, quote === null ? known.row.credit : quote.left);
  return quote === null ? applied : endByQuote(context, applied, quote);
}

/** The quote that was taken for paid; where it turns out not to be, another one that the same money covers. */
async function quoteToEndBy(context: Context, record: LeaseRecord, paid: QuoteRow): Promise<QuoteThatWaits | null> {
  const others = (await openQuotes(context.tx, record.row.id)).filter(({ id }) => id !== paid.id);
  const comesTo = await readQuotesThatWait(context, record);
  for (const one of [paid, ...others]) {
    const quote = comesTo(one);
    if (quote.isPaid) {
      await noteQuotePaid(context, quote.id);
      return quote;
    }
    if (one === paid)
      await context.tx.update(settlementQuotes).set({ paidAt: null }).where(eq(settlementQuotes.id, paid.id));
  }
  return null;
}

/**
 * The saving of a quote is waived, and so are the late fees after it, as far as they are not paid. What was paid beyond
 * the quote, since nobody knew that it was, becomes credit. The vehicle is the customer's, unless it was given for another one.
 */
async function endByQuote(
  context: Context,
  before: LeaseRecord,
  { id, laterFees, overpaid }: QuoteThatWaits,
): Promise<LeaseRecord> {
  const [used] = await context.tx
    .update(settlementQuotes)
    .set({ usedAt: context.at })
    .where(eq(settlementQuotes.id, id))
    .returning({ upgradeId: settlementQuotes.upgradeId });
  const fees = Math.min(laterFees, positionAt(before, context.at).feesDue);
  const reason = 'charged after the quote that was paid';
  const known =
    fees === 0 ? before : await forgiveFees(context, before, { key: `settlement-fees:${id}`, amount: fees, reason });
  const settled = await waiveLines(context, await freeAhead(context, known, id, overpaid), id);
  const isExchange = used !== undefined && used.upgradeId !== null;
  const row = isExchange
    ? await takeVehicleBack(context, settled.row)
    : await giveOwnership(context, settled.row, 'settled_early');
  return { row, lines: settled.lines };
}

/**
 * What was paid of lines ahead beyond what the quote leaves of them pays the deposit and the fees that are owed again, whose money
 * was taken back after it; the rest is credit.
 */
async function freeAhead(context: Context, before: LeaseRecord, quoteId: string, overpaid: number) {
  const { depositDue, feesDue } = positionAt(before, context.at);
  const dues = depositDue + feesDue;
  const freed = await freeOverpaid(context, before, quoteId, overpaid + dues);
  const most = Math.min(dues, freed.row.credit - before.row.credit);
  return most === 0 ? freed : creditPays(context, freed, most);
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
    entries: settlementSaving(row.id, unfilled(open), interestPaidAhead(lines, businessDate(row, context.at))),
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
