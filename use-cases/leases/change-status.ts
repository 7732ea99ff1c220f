import { Problem } from '#domain/errors';
import { hasEnded, mayFollow, paceOf } from '#domain/leases/status';
import type { StatusChange } from '#domain/leases/wire';
import { emit, record, type Context } from '../context.ts';
import { endHardshipRequest } from './hardship-request.ts';
import { lockLease, positionAt, updateLease, type LeaseRow } from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';

/**
 * Moves a lease to another status, with its timeline entry and event; what is left when a pause is left is over with it, and a
 * promise or a relief that was asked for with the lease.
 *
 * @throws Problem invalid_state where the one status may not follow the other; to where it is already is no step.
 */
export async function changeStatus(
  context: Context,
  change: StatusChange,
  columns: Partial<LeaseRow> = {},
): Promise<LeaseRow> {
  const before = await lockLease(context.tx, change.leaseId);
  const { row } = before;
  if (!mayFollow(row.status, change.to))
    throw new Problem('invalid_state', `this is not possible while the lease is ${row.status}`);
  const isEnd = hasEnded(change.to);
  if (isEnd) {
    await supersedePromise(context, row);
    await endHardshipRequest(context, row);
  }
  const ended = isEnd ? { endedAt: context.at, promisedOn: null } : {};
  const unpaused = paceOf(row) === 'paused' ? { pausedUntil: null } : {};
  const updated = await updateLease(context, row, { status: change.to, ...ended, ...unpaused, ...columns });
  const { daysPastDue, overdue } = positionAt(before, context.at);
  const detail = {
    from: row.status,
    ...(change.reason === undefined ? {} : { reason: change.reason }),
    ...(daysPastDue > 0 ? { daysPastDue, overdue } : {}),
  };
  await record(context, {
    type: `lease.${change.to}`,
    subject: row.id,
    leaseId: row.id,
    leaseStatus: change.to,
    detail,
  });
  if (change.event !== undefined) {
    await emit(context, {
      type: change.event,
      subject: row.id,
      leaseId: row.id,
      data: { leaseId: row.id, customerId: row.customerId, vehicleId: row.vehicleId, status: change.to, ...detail },
    });
  }
  return updated;
}
