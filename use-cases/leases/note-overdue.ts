import { mayBeTaken } from '#domain/leases/commands';
import { paceOf } from '#domain/leases/status';
import { emit, record, type Context } from '../context.ts';
import { positionInDoubt } from './in-doubt.ts';
import { openCase } from '../cases/open-case.ts';
import { lockLease } from './lease-record.ts';

/** Days past due from which an agent looks for the customer. */
const VISIT_DAYS = 30;

/**
 * Tells the world, once a threshold, that a lease is past due.
 *
 * @returns what a reminder says, minor units; 0 where nothing is overdue, or the lease is reminded no more.
 */
export async function noteOverdue(
  context: Context,
  input: { leaseId: string; daysPastDue: number },
): Promise<{ overdue: number }> {
  const lease = await lockLease(context.tx, input.leaseId);
  const { id, customerId, currency, status } = lease.row;
  if (!mayBeTaken('remind', paceOf(lease.row))) return { overdue: 0 };
  const { overdue, oldestUnpaidOn, ...known } = await positionInDoubt(context, lease);
  if (overdue === 0) return { overdue };
  const daysPastDue = Math.min(input.daysPastDue, known.daysPastDue);
  if (daysPastDue >= VISIT_DAYS)
    await openCase(context, { kind: 'visit_customer', leaseId: id, paymentId: null, detail: { oldestUnpaidOn } });
  const facts = { daysPastDue, overdue: { amount: overdue, currency }, oldestUnpaidOn };
  await record(context, {
    key: `payment.overdue:${id}:${oldestUnpaidOn}:${daysPastDue}`,
    type: 'payment.overdue',
    subject: id,
    leaseId: id,
    leaseStatus: status,
    detail: facts,
  });
  await emit(context, {
    type: 'payment.overdue',
    subject: id,
    leaseId: id,
    data: { leaseId: id, customerId, ...facts },
  });
  return { overdue };
}
