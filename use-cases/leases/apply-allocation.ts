import { paidQuote } from '#db/queries/quotes';
import { allocate, fill, forgive, restsBelow, type Allocation } from '#domain/leases/allocation';
import { sumOf } from '#domain/leases/lease-credit';
import { hasEnded, isGivenUp, isRunning } from '#domain/leases/status';
import { accounts, receipt, type AllocationPart, type Phase } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { recordOnLease, sideBySide, type Context } from '../context.ts';
import {
  leastAskedOf,
  oldestUnpaid,
  positionAt,
  statusWithinGrace,
  unitOf,
  updateLease,
  updateLines,
  type LeaseRecord,
} from './lease-record.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { roundDispute, roundingOf, type RoundingCause } from './round-dispute.ts';

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

/**
 * Forgives what is left of less than a unit, and of a running lease all that is left where nobody would be asked for so
 * little: no provider could collect it, and it must not keep a lease open. So with what is in dispute. Call it with the lease locked, after money was
 * posted.
 */
export async function roundOff(
  context: Context,
  { row, lines }: LeaseRecord,
  phase: Phase,
  cause: RoundingCause,
): Promise<LeaseRecord> {
  const unit = unitOf(row);
  const lease = { row: row.disputed === 0 ? row : await roundDispute(context, row, cause), lines };
  if (hasEnded(lease.row.status) && !isGivenUp(lease.row.status)) return lease;
  const { depositDue, feesDue, outstanding } = positionAt(lease, context.at);
  const owed = outstanding + feesDue;
  const isRest = isRunning(lease.row.status) && owed > 0 && owed < leastAskedOf(lease.row);
  if (isRest && (await paidQuote(context.tx, lease.row.id)) === undefined) {
    const { parts } = allocate(owed, { depositDue, feesDue, lines: lease.lines });
    return forgiveParts(context, lease, parts, phase, cause);
  }
  if (unit === 1) return lease;
  return forgiveParts(context, lease, restsBelow(unit, { depositDue, feesDue, lines: lease.lines }), phase, cause);
}

/** Forgives parts of less than a unit, at the cost of the account for rounding. */
export async function forgiveParts(
  context: Context,
  { row, lines }: LeaseRecord,
  parts: readonly AllocationPart[],
  phase: Phase,
  cause: RoundingCause,
): Promise<LeaseRecord> {
  if (parts.length === 0) return { row, lines };
  // A deposit is owed by the ledger from the handover on; what was written off is not owed any more.
  const booked =
    phase === 'running' ? parts : parts.filter(({ component }) => phase === 'application' && component !== 'deposit');
  const amount = parts.reduce((sum, part) => sum + part.amount, 0);
  const entries = receipt(row.id, accounts.rounding, booked, phase);
  if (entries.length > 0) await postOnLease(context, row, roundingOf(row, 'rounding', cause, entries));
  const after = forgive(
    lines,
    parts.filter(({ instalment }) => instalment !== null),
  );
  const changed = after.filter((line, i) => line !== lines[i]);
  const [deposit, fees] = [sumOf(parts, 'deposit'), sumOf(parts, 'fee')];
  await updateLines(context, row, changed);
  const updated = await updateLease(context, row, {
    deposit: row.deposit - deposit,
    totalPrice: row.totalPrice - (amount - fees),
    feesWaived: row.feesWaived + fees,
    ...(row.scheduleVersion === 0 ? {} : { oldestUnpaidOn: oldestUnpaid(row, after) }),
    status: statusWithinGrace({ row, lines: after }, context.at),
  });
  await recordOnLease(context, row, {
    type: 'lease.rounded',
    detail: { ...cause, forgiven: money(amount, row.currency) },
  });
  return { row: updated, lines: after };
}
