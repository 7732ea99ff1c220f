import type { Queryable } from '#db/client';
import { isUnbooked } from '#db/queries/payment-states';
import { findAttempt } from '#db/queries/payments';
import type { LeaseRow } from '#db/queries/leases';
import { Problem, TryLater } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Money } from '#domain/money';
import type { PaymentStatus } from '#domain/payments/payment';
import type { UssdSaying } from '#domain/ussd/phrases';
import type { CommandKey } from '#steering/command-key';
import { transact } from '../context.ts';
import { claimOrder, releaseOrder } from '../identity/claim-order.ts';
import { ownPaymentId, payLease } from '../payments/charging/pay-lease.ts';
import { requestFor } from '../payments/charging/request-on-phone.ts';
import type { Call } from './dependencies.ts';

/** Milliseconds in which the same amount for the same lease, by text or on screens, is what was ordered before. */
const SAME = 2 * 60_000;
/** What asks for no money any more, and has brought none. */
const over: ReadonlySet<PaymentStatus> = new Set(['failed', 'reversed']);

/**
 * Has a phone asked for a payment, once: networks bring a text twice under two ids, and who waits for a prompt types again,
 * be it one that the lease has sent by itself.
 *
 * @param at when it was ordered
 * @returns what is said of it: the prompt comes, is on the phone already, or was paid just now
 * @throws as `payLease`
 */
export async function payOnce(
  call: Call,
  lease: LeaseRow,
  actor: Actor,
  amount: Money,
  at: Date = call.at,
): Promise<UssdSaying> {
  const { deps, key: own } = call;
  const order = {
    userId: actor.id,
    route: `phone /v1/leases/${lease.id}/payments`,
    key: String(amount.amount),
    withinMs: SAME,
  };
  const paymentBy = (key: CommandKey, db: Queryable = deps.db) => findAttempt(db, ownPaymentId(actor, lease, key));
  // A step that comes again much later still is the payment that it made.
  const hasPaid = (await paymentBy(own)) !== undefined;
  if (!hasPaid && (await hasConfirmed(deps.db, lease, amount, at))) return 'paidAlready';
  const key = hasPaid
    ? own
    : await transact(deps.db, actor, at, (context) =>
        claimOrder(context, order, own, async (other) => {
          const payment = await paymentBy(other, context.tx);
          return payment !== undefined && over.has(payment.status);
        }),
      );
  const release = () => transact(deps.db, actor, at, (context) => releaseOrder(context, order, key));
  try {
    const { id, status } = await payLease(deps, lease, actor, { amount }, key);
    const isRequest = id !== ownPaymentId(actor, lease, key);
    if (isRequest) await release();
    else if (key === own) return 'paying';
    return status === 'succeeded' ? 'paidAlready' : 'payingAlready';
  } catch (error) {
    const isRefused = error instanceof Problem && !(error instanceof TryLater);
    if (isRefused && (await paymentBy(key)) === undefined) await release();
    throw error;
  }
}

/** Whether he has confirmed just that sum since then, or a little before, on a request that the lease has sent by itself. */
async function hasConfirmed(db: Queryable, lease: LeaseRow, { amount }: Money, at: Date): Promise<boolean> {
  const request = await requestFor(db, lease.id, { amount, paymentMethodId: lease.paymentMethodId });
  if (request?.status !== 'succeeded') return false;
  const { bookedAt } = request;
  // Of what was booked long ago the hour is not kept.
  return isUnbooked(request) || (bookedAt !== null && bookedAt.getTime() > at.getTime() - SAME);
}
