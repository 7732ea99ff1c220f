import type { Standing } from '#domain/leases/standing';
import { mayFollow, type LeaseStatus } from '#domain/leases/status';
import type { Context } from '../context.ts';
import { changeStatus, type StatusChange } from './change-status.ts';
import { lockLease, positionAt, standingOf, type LeaseRecord } from './lease-record.ts';

/**
 * Moves a lease on as its workflow says, if the facts still allow it: what a person or a payment did meanwhile
 * stands, and the workflow goes by the answer.
 *
 * @returns where the lease stands afterwards, moved or not.
 */
export async function advanceLease(context: Context, change: StatusChange): Promise<Standing> {
  const before = await lockLease(context.tx, change.leaseId);
  if (!isDue(before, change.to, context.at)) return standingOf(before, context.at);
  const row = await changeStatus(context, change);
  return standingOf({ ...before, row }, context.at);
}

function isDue(lease: LeaseRecord, to: LeaseStatus, at: Date): boolean {
  const { status } = lease.row;
  if (!mayFollow(status, to)) return false;
  if (to === 'awaiting_handover') return positionAt(lease, at).depositDue === 0;
  if (to === 'in_arrears') return status === 'active' && isPastGrace(lease, at);
  return true;
}

/** True when the oldest unpaid line is late by more than the plan's days of grace. */
function isPastGrace(lease: LeaseRecord, at: Date): boolean {
  return positionAt(lease, at).daysPastDue > lease.row.plan.graceDays;
}
