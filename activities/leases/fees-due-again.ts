import { and, eq, inArray, sql } from 'drizzle-orm';
import { accounts, entries, transfers } from '#db/schema/index';
import { unpaid, type ScheduleLine } from '#domain/leases/position';
import { isRunning } from '#domain/leases/status';
import { unfoundedFees, type ChargedFee } from '#domain/leases/value-date';
import { money } from '#domain/money';
import { accounts as names, books, lateFee } from '#domain/payments/ledger';
import { record, type Context } from '../context.ts';
import { postTransfer } from '../payments/post-transfer.ts';
import { feeKey } from './late-fees.ts';
import { businessDate, unitOf, updateLease, updateLines, type LeaseRecord } from './lease-record.ts';
import { feeHistoryOf, lateFeesOf } from './undo-late-fees.ts';

/**
 * After a payment was taken back, late fees that had been undone are due again where nothing else shows their line to
 * have been paid in time. A line that is owed again may be charged like any other. The fee of one that another
 * payment has paid meanwhile is charged again at once, since nobody looks at a line that is paid. Never twice, and
 * no more than was undone. Call it with the lease locked, when what was paid is owed again.
 */
export async function feesDueAgain(context: Context, before: LeaseRecord): Promise<LeaseRecord> {
  const after = await chargeableAgain(context, before);
  const { row, lines } = after;
  if (!isRunning(row.status)) return after;
  const undone = await lateFeesOf(context, after, 'undone');
  const isPaid = ({ instalment }: ChargedFee) =>
    lines.some((line) => line.number === instalment && unpaid(line) === 0 && line.feeChargedOn !== null);
  if (!undone.some(isPaid)) return after;
  const standing = await lateFeesOf(context, after, 'standing');
  const latest = new Map(undone.map((fee) => [fee.instalment, fee]));
  for (const { instalment } of standing) latest.delete(instalment);
  const unfounded = unfoundedFees([...standing, ...latest.values()], await feeHistoryOf(context, row));
  const due = [...latest.values()].filter((fee) => isPaid(fee) && !unfounded.includes(fee));
  const amounts = await undoneAmounts(context, due);
  let charged = row.feesCharged;
  for (const fee of due) {
    const room = Math.min(amounts.get(fee.id) ?? 0, (row.plan.lateFee?.cap ?? 0) - charged);
    const amount = room - (room % unitOf(row));
    if (amount <= 0) continue;
    await chargeAgain(context, after, fee, amount);
    charged += amount;
  }
  return charged === row.feesCharged
    ? after
    : { row: await updateLease(context, row, { feesCharged: charged }), lines };
}

async function chargeAgain(
  context: Context,
  { row }: LeaseRecord,
  { instalment, version, on }: ChargedFee & { readonly version: number },
  amount: number,
): Promise<void> {
  const key = await feeKey(context, `late-fee:${row.id}:${version}:${instalment}`);
  await postTransfer(context, {
    key,
    kind: 'late_fee',
    leaseId: row.id,
    book: books.lease(row.id),
    currency: row.currency,
    businessDate: businessDate(row, context.at),
    valueOn: on,
    description: `late fee for instalment ${instalment}, due again`,
    cause: { leaseId: row.id, instalment: String(instalment) },
    entries: lateFee(row.id, amount),
  });
  await record(context, {
    key,
    type: 'lease.late_fee_charged',
    subject: row.id,
    leaseId: row.id,
    leaseStatus: row.status,
    detail: { instalment, amount: money(amount, row.currency) },
  });
}

/** What was taken back of each fee: less than it, where a part had been waived. Minor units. */
async function undoneAmounts(
  { tx }: Context,
  fees: readonly ChargedFee[],
): Promise<ReadonlyMap<string | null, number>> {
  if (fees.length === 0) return new Map();
  const rows = await tx
    .select({ fee: transfers.reverses, amount: sql<number>`sum(${entries.amount})::float8` })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(
      and(
        inArray(
          transfers.reverses,
          fees.map(({ id }) => id),
        ),
        inArray(accounts.name, [names.unearned('fee'), names.income('fee')]),
      ),
    )
    .groupBy(transfers.reverses);
  return new Map(rows.map(({ fee, amount }) => [fee, amount]));
}

/** A line that is owed again, and whose late fee was undone since it had been paid, may be charged it again. */
async function chargeableAgain(context: Context, record: LeaseRecord): Promise<LeaseRecord> {
  const { row, lines } = record;
  const isCharged = (line: ScheduleLine) => line.feeChargedOn !== null && unpaid(line) > 0;
  if (!lines.some(isCharged)) return record;
  const fees = await context.tx
    .select({
      on: transfers.valueOn,
      instalment: sql<number>`split_part(${transfers.key}, ':', 4)::int`,
      stands: sql<boolean>`not exists (
        select from ledger.transfers undone where undone.reverses = ledger.transfers.id)`,
    })
    .from(transfers)
    .where(and(eq(transfers.leaseId, row.id), eq(transfers.kind, 'late_fee')));
  const feesOf = ({ number, feeChargedOn }: ScheduleLine) =>
    fees.filter(({ on, instalment }) => instalment === number && on === feeChargedOn);
  const isUndone = (line: ScheduleLine) => feesOf(line).length > 0 && feesOf(line).every(({ stands }) => !stands);
  const after = lines.map((line) => (isCharged(line) && isUndone(line) ? { ...line, feeChargedOn: null } : line));
  await updateLines(
    context,
    row,
    after.filter((line, i) => line !== lines[i]),
  );
  return { row, lines: after };
}
