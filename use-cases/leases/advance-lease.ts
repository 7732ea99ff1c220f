import { mayBeTaken } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { mayFollow, type LeaseStatus } from '#domain/leases/status';
import type { StatusChange } from '#domain/leases/wire';
import type { Context } from '../context.ts';
import { positionPutOff } from './in-doubt.ts';
import { changeStatus } from './change-status.ts';
import { lockLease, positionAt, standingOf, type LeaseRecord } from './lease-record.ts';

/**
 * Moves a lease on as its workflow says, if the facts still allow it: what a person or a payment did meanwhile
 * stands, and the workflow goes by the answer.
 *
 * @returns where the lease stands afterwards, moved or not.
 */
export async function advanceLease(context: Context, change: StatusChange): Promise<Standing> {
  const before = await lockLease(context.tx, change.leaseId);
  if (!(await isDue(context, before, change.to))) return standingOf(before, context.at);
  const row = await changeStatus(context, change);
  return standingOf({ ...before, row }, context.at);
}

async function isDue(context: Context, lease: LeaseRecord, to: LeaseStatus): Promise<boolean> {
  const { status } = lease.row;
  if (!mayFollow(status, to)) return false;
  if (to === 'awaiting_handover') return positionAt(lease, context.at).depositDue === 0;
  if (to === 'in_arrears') return mayBeTaken('enter_arrears', status) && isPastGrace(context, lease);
  return true;
}

/** True when the oldest unpaid line is late by more than the plan's days of grace, money that puts it off taken as paid. */
async function isPastGrace(context: Context, lease: LeaseRecord): Promise<boolean> {
  return (await positionPutOff(context, lease)).daysPastDue > lease.row.plan.graceDays;
}
