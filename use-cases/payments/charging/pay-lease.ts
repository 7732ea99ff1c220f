import type { LeaseRow } from '#db/queries/leases';
import { findPayment, type AttemptRow } from '#db/queries/payments';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { uuidFor } from '#steering/uuid-for';
import type { SteeringDependencies } from '../../leases/dependencies.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { ownPaymentMethod } from '../methods/own-payment-method.ts';

/**
 * A person's own payment of any amount. @returns the payment, pending.
 *
 * @throws Problem currency_mismatch; unprocessable naming what cannot be paid so; as `commandLease`
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
  const method = await ownPaymentMethod(deps.db, lease, paymentMethodId);
  const { mostAtOnce, refusesMore } = deps.mobileMoney.get(method.provider);
  const most = mostAtOnce[lease.market];
  if (refusesMore && most !== undefined && amount.amount > most) {
    throw new Problem('unprocessable', 'the provider takes less in one payment', [
      { path: 'amount.amount', message: `must be at most ${most}` },
    ]);
  }
  const attemptId = uuidFor('payment', actor.id, lease.id, key);
  await commandLease(deps, lease.id, 'pay', { actor, attemptId, paymentMethodId, amount: amount.amount }, key);
  return findPayment(deps.db, attemptId);
}
