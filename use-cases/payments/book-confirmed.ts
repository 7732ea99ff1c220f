import { findLease, leaseClock } from '#db/queries/leases';
import { findAttempt } from '#db/queries/payments';
import { system } from '#domain/identity/roles';
import type { Settled } from '#domain/payments/wire';
import { describeError } from '#platform/describe-error';
import { transact } from '../context.ts';
import { onLeaseClock } from './attempt-record.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { postPayment } from './post-payment.ts';

/**
 * Books money as soon as its provider has confirmed it, so that its lease need not: it is told where it stands. What
 * cannot be booked now the lease books when it hears of it, as often as it takes. Repeated, it changes nothing.
 */
export async function bookConfirmed(
  { db, log }: Pick<PaymentDependencies, 'db' | 'log'>,
  outcome: Settled,
): Promise<Settled> {
  if (outcome.status === 'failed') return outcome;
  const { attemptId } = outcome;
  try {
    const attempt = await findAttempt(db, attemptId);
    if (attempt === undefined) return outcome;
    const lease = await findLease(db, attempt.leaseId);
    if (lease === undefined) return outcome;
    // A lease that travels notes its clock now and then, and a payment when it was asked for: the later one is its present.
    const at = new Date(Math.max(onLeaseClock(attempt, new Date()).getTime(), leaseClock(lease).getTime()));
    const order = { leaseId: attempt.leaseId, attemptId };
    const standing = await transact(db, system('collections'), at, (context) => postPayment(context, order));
    return { ...outcome, standing };
  } catch (error) {
    log.warn({ err: describeError(error), attemptId }, 'money that is confirmed is left to its lease to book');
    return outcome;
  }
}
