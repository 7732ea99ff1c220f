import { and, eq } from 'drizzle-orm';
import { audit } from '#db/schema/index';
import { mayBeTaken } from '#domain/leases/commands';
import { owedOf } from '#domain/leases/position';
import type { Standing } from '#domain/leases/standing';
import { isRunning, mayFollow, type LeaseStatus } from '#domain/leases/status';
import type { Moved, StatusChange } from '#domain/leases/wire';
import type { Context } from '../context.ts';
import { positionPutOff } from './in-doubt.ts';
import { changeStatus } from './change-status.ts';
import { completeLease } from './end-lease.ts';
import { lockLease, positionAt, standingOf, type LeaseRecord } from './lease-record.ts';

/**
 * Moves a lease on as its workflow says, if the facts still allow it: what a person or a payment did meanwhile
 * stands, and the workflow goes by the answer.
 *
 * @returns where the lease stands afterwards, moved or not.
 */
export async function advanceLease(context: Context, change: StatusChange): Promise<Moved> {
  const before = await lockLease(context.tx, change.leaseId);
  const isNext = await isDue(context, before, change.to);
  const row = isNext ? await changeStatus(context, change) : before.row;
  const standing = standingOf({ ...before, row }, context.at);
  if (change.to !== 'awaiting_handover') return standing;
  const isPaid = and(eq(audit.leaseId, row.id), eq(audit.type, 'lease.awaiting_handover'));
  return { ...standing, deposits: await context.tx.$count(audit, isPaid) };
}

/**
 * Moves a lease on that is paid, in the transaction that books the money: one that owes nothing any more to its end, one
 * whose deposit is all there to its handover. Whoever sees the payment sees what follows from it, and the workflow finds
 * it there.
 *
 * @param standing of the lease, once the money is booked
 */
export async function advanceAsPaid(context: Context, leaseId: string, standing: Standing): Promise<Standing> {
  const { status, depositDue } = standing;
  if (status === 'awaiting_deposit' && depositDue === 0) {
    await changeStatus(context, { leaseId, to: 'awaiting_handover' });
    return standingOf(await lockLease(context.tx, leaseId), context.at);
  }
  return isRunning(status) && owedOf(standing) === 0 ? completeLease(context, { leaseId }) : standing;
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
