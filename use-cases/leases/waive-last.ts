import { allocate, forgive } from '#domain/leases/allocation';
import { unpaid, type ScheduleLine } from '#domain/leases/position';
import { settlementSaving, type AllocationPart } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { oldestUnpaid, updateLease, updateLines, type LeaseRecord } from './lease-record.ts';

interface Waiving {
  readonly key: string;
  /** Of the transfer; of the entry on the timeline with `lease.` before it. */
  readonly kind: 'return_waiver' | 'total_loss_waiver' | 'repossession_waiver' | 'total_loss_gap';
  readonly description: string;
  /** Interest that was paid before it was due: it has paid of the principal that is waived. Minor units. */
  readonly interestPaidAhead?: number;
}

/** `amount` of what is not paid of the lines is not owed any more, the last first. Minor units. Call it with the lease locked. */
export async function waiveLast(
  context: Context,
  before: LeaseRecord,
  amount: number,
  { key, kind, description, interestPaidAhead = 0 }: Waiving,
): Promise<LeaseRecord> {
  const { row, lines } = before;
  const parts = lastOf(lines, amount);
  const waived = parts.reduce((sum, part) => sum + part.amount, 0);
  if (waived === 0) return before;
  const entries = settlementSaving(row.id, byComponent(parts), interestPaidAhead);
  await postOnLease(context, row, { key, kind, description, entries });
  const after = forgive(lines, parts);
  await updateLines(
    context,
    row,
    after.filter((line, i) => line !== lines[i]),
  );
  const changes = { totalPrice: row.totalPrice - waived, oldestUnpaidOn: oldestUnpaid(row, after) };
  const updated = await updateLease(context, row, changes);
  await recordOnLease(context, updated, {
    key,
    type: `lease.${kind}`,
    detail: { waived: money(waived, row.currency) },
  });
  return { row: updated, lines: after };
}

function lastOf(lines: readonly ScheduleLine[], amount: number): AllocationPart[] {
  let left = amount;
  return lines.toReversed().flatMap((line) => {
    const taken = Math.min(left, unpaid(line));
    left -= taken;
    return taken === 0 ? [] : allocate(taken, { depositDue: 0, feesDue: 0, lines: [line] }).parts;
  });
}

function byComponent(parts: readonly AllocationPart[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { component, amount } of parts) sums.set(component, (sums.get(component) ?? 0) + amount);
  return sums;
}
