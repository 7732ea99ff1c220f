import { isGivenUp } from '#domain/leases/status';
import { fill, type Allocation } from '#domain/leases/allocation';
import { sideBySide, type Context } from '../context.ts';
import { oldestUnpaid, statusWithinGrace, updateLease, updateLines, type LeaseRecord } from './lease-record.ts';

/** Writes an allocation into the schedule and the lease's row. */
export async function applyAllocation(
  context: Context,
  { row, lines }: LeaseRecord,
  allocation: Allocation,
): Promise<LeaseRecord> {
  const after = lines.map((line) => (allocation.lines.has(line.number) ? fill(line, allocation.parts) : line));
  const { deposit, fees, disputed, credit } = allocation;
  const lineMoney = [...allocation.lines.values()].reduce((sum, amount) => sum + amount, 0);
  const changes = {
    depositPaid: row.depositPaid + deposit,
    feesPaid: row.feesPaid + fees,
    credit: row.credit + credit,
    disputed: row.disputed - disputed,
    recovered: row.recovered + (isGivenUp(row.status) ? deposit + fees + lineMoney : 0),
    oldestUnpaidOn: oldestUnpaid(row, after),
    // A payment that brings the days past due within grace ends the arrears, in the same transaction.
    status: statusWithinGrace({ row, lines: after }, context.at),
  };
  const changed = after.filter(({ number }) => allocation.lines.has(number));
  const [updated] = await sideBySide(updateLease(context, row, changes), updateLines(context, row, changed));
  return { row: updated, lines: after };
}
