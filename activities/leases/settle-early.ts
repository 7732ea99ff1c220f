import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { leases, settlementQuotes } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { unpaid } from '#domain/leases/position';
import { QUOTE_HOURS, settlementOn, type SettlementQuote } from '#domain/leases/settlement';
import { isRunning } from '#domain/leases/status';
import { marketRules } from '#domain/markets';
import { unfilled } from '#domain/payments/allocation';
import { books, waiver } from '#domain/payments/ledger';
import { record, type Context } from '../context.ts';
import { postTransfer } from '../payments/post-transfer.ts';
import { giveOwnership } from './end-lease.ts';
import { businessDate, lockLease, moneyOf, positionAt, updateLines, type LeaseRecord } from './lease-record.ts';

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
export async function openQuote({ tx, at }: Context, leaseId: string, quoteId: string): Promise<QuoteRow> {
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

/** What is still to be paid of a quote, which other payments may have made less. */
export function quoteLeft(record: LeaseRecord, quote: Pick<QuoteRow, 'saved'>, at: Date): number {
  const { outstanding, feesDue } = positionAt(record, at);
  return Math.max(0, outstanding + feesDue - quote.saved);
}

/**
 * After a settlement's payment: when no more than the saving is left, it is waived, and the vehicle is the
 * customer's. A payment that came short counts like any other, and the quote can be paid on.
 */
export async function settleIfCovered(
  context: Context,
  record_: LeaseRecord,
  attempt: { readonly due: string },
): Promise<LeaseRecord> {
  const [quote] = await context.tx
    .select()
    .from(settlementQuotes)
    .where(and(eq(settlementQuotes.id, attempt.due.slice('settle-'.length)), isNull(settlementQuotes.usedAt)));
  if (quote === undefined || !isRunning(record_.row.status) || quoteLeft(record_, quote, context.at) > 0)
    return record_;
  await context.tx.update(settlementQuotes).set({ usedAt: context.at }).where(eq(settlementQuotes.id, quote.id));
  const settled = await waiveLines(context, record_, quote.id);
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
