import type { Standing } from '#domain/leases/standing';
import { mayFollow, type LeaseStatus } from '#domain/leases/status';
import { addDays } from '#domain/calendar';
import type { Context } from '../context.ts';
import { positionInDoubt } from '../payments/in-doubt.ts';
import { changeStatus, type StatusChange } from './change-status.ts';
import { businessDate, lockLease, positionAt, standingOf, type LeaseRecord } from './lease-record.ts';

/**
 * Moves a lease on as its workflow says, if the facts still allow it: what a person or a payment did meanwhile
 * stands, and the workflow goes by the answer.
 *
 * @returns where the lease stands afterwards, moved or not.
 */
export async function advanceLease(context: Context, change: StatusChange): Promise<Standing> {
  const before = await lockLease(context.tx, change.leaseId);
  if (!(await isDue(context, before, change.to))) return waiting(before, change.to, context.at);
  const row = await changeStatus(context, change);
  return standingOf({ ...before, row }, context.at);
}

/** What may have been paid is looked at again tomorrow, or when it is known. */
function waiting(lease: LeaseRecord, to: LeaseStatus, at: Date): Standing {
  const standing = standingOf(lease, at);
  if (to !== 'in_arrears') return standing;
  return { ...standing, arrearsNotBefore: addDays(businessDate(lease.row, at), 1), inDoubt: true };
}

async function isDue(context: Context, lease: LeaseRecord, to: LeaseStatus): Promise<boolean> {
  const { status } = lease.row;
  if (!mayFollow(status, to)) return false;
  if (to === 'awaiting_handover') return positionAt(lease, context.at).depositDue === 0;
  if (to === 'in_arrears') return status === 'active' && isPastGrace(context, lease);
  return true;
}

/** True when the oldest unpaid line is late by more than the plan's days of grace, money in doubt taken as paid. */
async function isPastGrace(context: Context, lease: LeaseRecord): Promise<boolean> {
  return (await positionInDoubt(context, lease)).daysPastDue > lease.row.plan.graceDays;
}
