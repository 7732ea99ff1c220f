import { hasEnded, isGivenUp, isRunning } from '#domain/leases/status';
import { money } from '#domain/money';
import { allocate } from '#domain/leases/allocation';
import { sumOf } from '#domain/leases/lease-credit';
import { accounts, receipt, refund, type AllocationPart, type Entry, type Phase } from '#domain/ledger/ledger';
import { forgive, restsBelow, withoutCents } from '#domain/leases/rounding';
import { recordOnLease, type Context } from '../context.ts';
import { creditShares } from './credit-shares.ts';
import {
  leastAskedOf,
  oldestUnpaid,
  positionAt,
  unitOf,
  updateLease,
  updateLines,
  statusWithinGrace,
  type LeaseRecord,
  type LeaseRow,
} from './lease-record.ts';
import { paidQuote } from './quote-cover.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { reallocate } from '../ledger/reallocate.ts';

/**
 * What was rounded, once each: what a payment left, which may be booked anew as of another day, what a waiver or the
 * credit of a version of the lease did, or the schedule.
 */
type Cause =
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
export async function roundOff(context: Context, lease: LeaseRecord, phase: Phase, cause: Cause): Promise<LeaseRecord> {
  const unit = unitOf(lease.row);
  if (hasEnded(lease.row.status) && !isGivenUp(lease.row.status)) return lease;
  const { depositDue, feesDue, outstanding } = positionAt(lease, context.at);
  const owed = outstanding + feesDue;
  const isRest = isRunning(lease.row.status) && owed > 0 && owed < leastAskedOf(lease.row);
  if (isRest && (await paidQuote(context, lease.row)) === undefined) {
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
  cause: Cause,
): Promise<LeaseRecord> {
  if (parts.length === 0) return { row, lines };
  // A deposit is owed by the ledger from the handover on; what was written off is not owed any more.
  const booked =
    phase === 'running' ? parts : parts.filter(({ component }) => phase === 'application' && component !== 'deposit');
  const amount = parts.reduce((sum, part) => sum + part.amount, 0);
  await post(context, row, { key: 'rounding', cause }, receipt(row.id, accounts.rounding, booked, phase));
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

/** Credit of a lease that has ended: what of each payment is less than a unit nobody can pay back. */
export async function roundCredit(context: Context, { row, lines }: LeaseRecord, cause: Cause): Promise<LeaseRecord> {
  const unit = unitOf(row);
  if (unit === 1 || row.credit === 0 || !hasEnded(row.status)) return { row, lines };
  const { shares } = await creditShares(context, row);
  const odd = shares.map(({ payment, left }) => ({ payment, cents: left % unit })).filter(({ cents }) => cents > 0);
  const cents = odd.reduce((sum, one) => sum + one.cents, 0);
  if (cents === 0) return { row, lines };
  await post(context, row, { key: 'rounding-credit', cause }, refund(row.id, accounts.rounding, cents));
  await reallocate(
    context,
    odd.map(({ payment, cents: own }) => [payment.id, withoutCents(payment.allocation, own)] as const),
  );
  const rounded = { row: await updateLease(context, row, { credit: row.credit - cents }), lines };
  await recordOnLease(context, row, {
    type: 'lease.credit_rounded',
    detail: { ...cause, credit: money(cents, row.currency) },
  });
  return rounded;
}

async function post(
  context: Context,
  row: LeaseRow,
  { key, cause }: { readonly key: string; readonly cause: Cause },
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  await postOnLease(context, row, {
    key: `${key}:${row.id}:${Object.values(cause).join(':')}`,
    kind: 'rounding',
    description: 'less than can be paid: rounded',
    cause: { leaseId: row.id, ...cause },
    entries,
  });
}
