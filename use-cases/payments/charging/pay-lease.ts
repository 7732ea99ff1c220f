import { payableLeases } from '#db/queries/kept-vehicles';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import { findPayment, type AttemptRow } from '#db/queries/payments';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { mayBeGiven } from '#domain/leases/commands';
import { isTimeBarred } from '#domain/leases/recovery';
import { hasEnded } from '#domain/leases/status';
import type { Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { uuidFor } from '#steering/uuid-for';
import type { SteeringDependencies } from '../../leases/dependencies.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { ownPaymentMethod } from '../methods/own-payment-method.ts';
import { requestFor } from './request-on-phone.ts';

/** Of a person's own payment of a lease, by the command that asked for it. */
export const ownPaymentId = (actor: Actor, lease: Pick<LeaseRow, 'id'>, key: CommandKey): string =>
  uuidFor('payment', actor.id, lease.id, key);

/**
 * A person's own payment of any amount. @returns the payment, pending; where the lease itself has asked the same phone for just
 * that sum, what it asked for.
 *
 * @throws Problem currency_mismatch; unprocessable naming what cannot be paid so; invalid_state of a lease that is over, which says how
 * it is paid; as `commandLease`
 */
export async function payLease(
  deps: SteeringDependencies & Pick<PaymentDependencies, 'mobileMoney'>,
  lease: LeaseRow,
  actor: Actor,
  request: { readonly amount: Money; readonly paymentMethodId?: string | undefined },
  key: CommandKey,
): Promise<AttemptRow> {
  const { amount, paymentMethodId = lease.paymentMethodId } = request;
  inLeaseCurrency(lease, amount);
  await refuseOver(deps.db, lease);
  const method = await ownPaymentMethod(deps.db, lease, paymentMethodId);
  const { mostAtOnce, refusesMore } = deps.mobileMoney.get(method.provider);
  const most = mostAtOnce[lease.market];
  if (refusesMore && most !== undefined && amount.amount > most) {
    throw new Problem('unprocessable', 'the provider takes less in one payment', [
      { path: 'amount.amount', message: `must be at most ${most}` },
    ]);
  }
  const attemptId = ownPaymentId(actor, lease, key);
  try {
    await commandLease(deps, lease.id, 'pay', { actor, attemptId, paymentMethodId, amount: amount.amount }, key);
  } catch (error) {
    const isThere = error instanceof Problem && error.code === 'request_on_phone';
    const asked = { amount: amount.amount, paymentMethodId };
    const request = isThere ? await requestFor(deps.db, lease.id, asked) : undefined;
    if (request === undefined) throw error;
    return request;
  }
  return findPayment(deps.db, attemptId);
}

/**
 * No workflow asks a phone for a lease that is over, but of one that was given up until that is time-barred: what is in dispute, or
 * redeems a vehicle that is kept for longer, is paid without one.
 *
 * @throws Problem invalid_state
 */
async function refuseOver(db: SteeringDependencies['db'], lease: LeaseRow): Promise<void> {
  const { id, status, reference } = lease;
  const isBarred = isTimeBarred(lease, leaseClock(lease));
  if (!hasEnded(status) || (mayBeGiven('pay', status) && !isBarred)) return;
  const isOwed = (await payableLeases(db, [lease])).has(id);
  if (isOwed)
    throw new Problem(
      'invalid_state',
      `no phone is asked for a lease that is ${status}: what is owed of it is paid by pay-bill with the reference ${reference}, or in cash to an agent`,
    );
  if (isBarred) throw new Problem('invalid_state', 'the lease was given up so long ago that nothing is owed any more');
}
