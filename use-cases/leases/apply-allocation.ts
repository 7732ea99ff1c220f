import { paidQuote } from '#db/queries/quotes';
import { allocate, fill, forgive, restsBelow, type Allocation } from '#domain/leases/allocation';
import { sumOf } from '#domain/leases/lease-credit';
import { hasEnded, isGivenUp, isRunning } from '#domain/leases/status';
import { accounts, receipt, type AllocationPart, type Entry, type Phase } from '#domain/ledger/ledger';
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
  type LeaseRow,
} from './lease-record.ts';
import { postOnLease } from '../ledger/post-transfer.ts';

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
 * What was rounded, once each: what a payment left, which may be booked anew as of another day, what a waiver or the
 * credit of a version of the lease did, or the schedule.
 */
export type RoundingCause =
  | { readonly paymentId: string; readonly countsFrom?: string }
  | { readonly waiver: string }
  | { readonly creditOf: string }
  | { readonly scheduleVersion: string }
  | { readonly as: string };

/**
 * Forgives what is left of less than a unit, and of a running lease all that is left where nobody would be asked for so
 * little: no provider could collect it, and it must not keep a lease open. Call it with the lease locked, after money was
 * posted.
 */
export async function roundOff(
  context: Context,
  lease: LeaseRecord,
  phase: Phase,
  cause: RoundingCause,
): Promise<LeaseRecord> {
  const unit = unitOf(lease.row);
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

/** The transfer of what was rounded: less than a unit, which nobody can pay. */
export const roundingOf = (row: LeaseRow, key: string, cause: RoundingCause, entries: readonly Entry[]) => ({
  key: `${key}:${row.id}:${Object.values(cause).join(':')}`,
  kind: 'rounding',
  description: 'less than can be paid: rounded',
  cause: { leaseId: row.id, ...cause },
  entries,
});
