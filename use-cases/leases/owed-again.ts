import { hasEnded, isGivenUp } from '#domain/leases/status';
import { fill } from '#domain/leases/allocation';
import { recoveredBy, sumOf } from '#domain/leases/lease-credit';
import type { AllocationPart } from '#domain/ledger/ledger';
import type { Context } from '../context.ts';
import { closeUnlessAllIsPaid } from './paid-after-write-off.ts';
import { oldestUnpaid, updateLease, updateLines, type LeaseRecord } from './lease-record.ts';

/**
 * What `parts` of a payment paid is owed again, in the schedule and in the lease's row; their credit is gone. A deposit that
 * other credit pays at once (`reckonAnew`) does not hold up the handover.
 *
 * @param wasRecovery whether what a lease that was given up was paid had come after that
 */
export async function owedAgain(
  context: Context,
  { row, lines }: LeaseRecord,
  parts: readonly AllocationPart[],
  wasRecovery = isGivenUp(row.status),
): Promise<LeaseRecord> {
  const back = parts.map((part) => ({ ...part, amount: -part.amount }));
  const after = lines.map((line) => (parts.some((part) => part.instalment === line.number) ? fill(line, back) : line));
  const changed = after.filter((line, i) => line !== lines[i]);
  await updateLines(context, row, changed);
  const deposit = sumOf(parts, 'deposit');
  const credit = row.credit - sumOf(parts, 'credit');
  const isDue = row.deposit - row.depositPaid + deposit > credit;
  const updated = await updateLease(context, row, {
    depositPaid: row.depositPaid - deposit,
    feesPaid: row.feesPaid - sumOf(parts, 'fee'),
    credit,
    disputed: row.disputed + sumOf(parts, 'disputed'),
    recovered: row.recovered - (wasRecovery ? recoveredBy(parts) : 0),
    ...(hasEnded(row.status) ? {} : { oldestUnpaidOn: row.scheduleVersion === 0 ? null : oldestUnpaid(row, after) }),
    ...(deposit > 0 && isDue && row.status === 'awaiting_handover' ? { status: 'awaiting_deposit' as const } : {}),
  });
  const owed = { row: updated, lines: after };
  await closeUnlessAllIsPaid(context, owed);
  return owed;
}
