import type { LeaseRow } from '#db/queries/leases';
import { findPayment, type AttemptRow } from '#db/queries/payments';
import type { Actor } from '#domain/identity/roles';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { uuidFor } from '#steering/uuid-for';
import type { SteeringDependencies } from '../../leases/dependencies.ts';
import { ownPaymentMethod } from '../methods/own-payment-method.ts';

/**
 * Pays a settlement quote. @returns the payment, pending: the first of several where the provider takes less at once.
 *
 * @throws Problem unprocessable for a payment method that is not his; as `commandLease`
 */
export async function payQuote(
  deps: SteeringDependencies,
  lease: LeaseRow,
  actor: Actor,
  request: { readonly quoteId: string; readonly paymentMethodId?: string | undefined },
  key: CommandKey,
): Promise<AttemptRow> {
  const { quoteId, paymentMethodId = lease.paymentMethodId } = request;
  await ownPaymentMethod(deps.db, lease, paymentMethodId);
  const attemptId = uuidFor('settlement', actor.id, lease.id, key);
  await commandLease(deps, lease.id, 'settle', { actor, quoteId, attemptId, paymentMethodId }, key);
  return findPayment(deps.db, attemptId);
}
