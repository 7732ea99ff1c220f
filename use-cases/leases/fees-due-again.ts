import { and, eq, inArray, sql } from 'drizzle-orm';
import { accounts, entries, transfers } from '#db/schema/index';
import { mayBeTaken } from '#domain/leases/commands';
import { levelled, unpaid, type ScheduleLine } from '#domain/leases/position';
import type { LocalDate } from '#domain/calendar';
import { isRunning, paceOf } from '#domain/leases/status';
import { unfoundedFees, type ChargedFee } from '#domain/leases/value-date';
import { keys, lateFeeLine } from '#domain/ledger/keys';
import { money } from '#domain/money';
import { accounts as names, books, lateFee } from '#domain/ledger/ledger';
import { record, type Context } from '../context.ts';
import { postTransfer } from '../ledger/post-transfer.ts';
import { feeKey, lineNames, type LineOf } from './fee-lines.ts';
import { feesPutOff } from './fees-put-off.ts';
import { businessDate, leastAskedOf, unitOf, updateLease, updateLines, type LeaseRecord } from './lease-record.ts';
import type { Claims } from './open-claims.ts';
import { feeHistoryOf, lateFeesOf, type FeeOfVersion } from './undo-late-fees.ts';

/**
 * After a payment was taken back, late fees that had been undone are due again where nothing else shows their line to
 * have been paid in time; after a doubt, those that it had put off. A line that is owed again may be charged like any other. The fee of one that another
 * payment has paid meanwhile, or that a restructure has put away, is charged again at once, since nobody looks at such
 * a line any more; during a pause it waits for the end of it, or of the lease. Never twice, and no more than was undone. Call it with
 * the lease locked, when what was paid is owed again.
 */
export async function feesDueAgain(
  context: Context,
  before: LeaseRecord,
  when: 'outside_pause' | 'before_end' = 'outside_pause',
): Promise<LeaseRecord> {
  const after = await chargeableAgain(context, before);
  const { row, lines } = after;
  if (!(when === 'before_end' ? isRunning(row.status) : mayBeTaken('charge_late_fees', paceOf(row)))) return after;
  const { standing, undone, putOff, lineOf } = await feesByLine(context, after);
  const open = [...undone, ...putOff];
  if (open.length === 0) return after;
  const nameOf = ({ number }: ScheduleLine) => lineOf(row.scheduleVersion, number);
  const lookedAt = new Set(
    levelled(lines).flatMap((line) => (unpaid(line) >= leastAskedOf(row) ? [nameOf(line)] : [])),
  );
  const unfounded = unfoundedFees([...standing, ...open], await feeHistoryOf(context, row));
  const due = open.filter((fee) => !lookedAt.has(fee.line) && !unfounded.includes(fee));
  const amounts = await undoneAmounts(
    context,
    due.filter((fee) => undone.includes(fee)),
  );
  let charged = row.feesCharged;
  const chargedOn = new Map<string, LocalDate>();
  for (const fee of due) {
    const most = undone.includes(fee) ? (amounts.get(fee.id) ?? 0) : fee.amount;
    const room = Math.min(most, (row.plan.lateFee?.cap ?? 0) - charged);
    const amount = room - (room % unitOf(row));
    if (amount <= 0) continue;
    await chargeAgain(context, after, fee, amount);
    charged += amount;
    chargedOn.set(fee.line, fee.on);
  }
  if (charged === row.feesCharged) return after;
  const marked = lines.map((line) => ({ ...line, feeChargedOn: chargedOn.get(nameOf(line)) ?? line.feeChargedOn }));
  await updateLines(
    context,
    row,
    marked.filter((line, i) => line.feeChargedOn !== lines[i]?.feeChargedOn),
  );
  return { row: await updateLease(context, row, { feesCharged: charged }), lines: marked };
}

/** True where a late fee was undone or put off that is due again if these claims count from when the cash was booked. */
export async function feesHangOn(claims: Claims, context: Context, record: LeaseRecord): Promise<boolean> {
  const { standing, undone, putOff } = await feesByLine(context, record);
  const open = [...undone, ...putOff];
  if (open.length === 0) return false;
  const unfoundedBy = async (doubted?: Claims) =>
    unfoundedFees([...standing, ...open], await feeHistoryOf(context, record.row, doubted));
  const [believed, doubted] = [await unfoundedBy(), await unfoundedBy(claims)];
  return open.some((fee) => believed.includes(fee) && !doubted.includes(fee));
}

type FeeOfLine = FeeOfVersion & { readonly line: string };

interface FeesByLine {
  readonly standing: readonly FeeOfLine[];
  /** The last fee of each line whose fees were all undone. */
  readonly undone: readonly FeeOfLine[];
  /** Those of lines that never had one, since money in doubt had put it off. */
  readonly putOff: readonly FeeOfLine[];
  readonly lineOf: LineOf;
}

/** A lease's late fees, each with the line that it was charged for, whatever number that has by now. */
async function feesByLine(context: Context, record: LeaseRecord): Promise<FeesByLine> {
  const fees = await lateFeesOf(context, record, 'undone');
  const never = await feesPutOff(context, record);
  if (fees.length + never.length === 0) return { standing: [], undone: [], putOff: [], lineOf: String };
  const lineOf = await lineNames(context, record.row.id);
  const ofLine = (fee: FeeOfVersion) => ({
    ...fee,
    line: lineOf(fee.version, fee.instalment),
  });
  const standing = (await lateFeesOf(context, record, 'standing')).map(ofLine);
  const last = new Map(fees.map((fee) => [ofLine(fee).line, { ...ofLine(fee), chargedOn: null }]));
  for (const { line } of standing) last.delete(line);
  const putOff = new Map(never.map(ofLine).map((fee) => [fee.line, fee]));
  for (const { line } of [...standing, ...last.values()]) putOff.delete(line);
  return { standing, undone: [...last.values()], putOff: [...putOff.values()], lineOf };
}

async function chargeAgain(
  context: Context,
  { row }: LeaseRecord,
  { instalment, version, on }: FeeOfVersion,
  amount: number,
): Promise<void> {
  const key = await feeKey(context, keys.lateFee(row.id, version, instalment));
  await postTransfer(context, {
    key,
    kind: 'late_fee',
    leaseId: row.id,
    book: books.lease(row.id),
    currency: row.currency,
    businessDate: businessDate(row, context.at),
    valueOn: on,
    description: `late fee for instalment ${instalment}, owed since ${on}`,
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
  const owed = new Set(levelled(lines).flatMap((line) => (unpaid(line) >= leastAskedOf(row) ? [line.number] : [])));
  const isCharged = (line: ScheduleLine) => line.feeChargedOn !== null && owed.has(line.number);
  if (!lines.some(isCharged)) return record;
  const fees = await context.tx
    .select({
      on: transfers.valueOn,
      instalment: sql<number>`split_part(${transfers.key}, ':', ${lateFeeLine.instalment}::int)::int`,
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
