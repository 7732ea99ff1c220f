import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import { uuidFor } from '#steering/uuid-for';
import { transact } from '../../context.ts';
import { lookAtBooks, type RestartDependencies } from '../../leases/restart-lease.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { bookConfirmed } from '../outcomes/record-outcome.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { askForRefunds } from './refunds.ts';
import { askRefundsBefore } from './refunds-before.ts';
import { returnCredit } from './return-credit.ts';
import { returnElsewhere } from './return-elsewhere.ts';

/** In cash, against a receipt, or to another payment method of the customer. */
export type GivenBack = { readonly amount: Money } & (
  | { readonly receiptNumber: string }
  | { readonly paymentMethodId: string }
);

/**
 * Somebody gives a customer's credit back: in cash what he pays out, and what goes back by mobile money is tried again,
 * by the lease's workflow, which is started in his name where the lease is over. Repeated, it pays out nothing more. A refund
 * that got through after it was given up is found before.
 *
 * @param given what he pays out in cash, and the receipt that the customer signs; or what he has paid out to another number
 * @throws Problem not_found, currency_mismatch or unprocessable for what cannot be paid; otherwise as `returnCredit` and
 * `returnElsewhere`.
 */
export async function giveCreditBack(
  deps: RestartDependencies & PaymentDependencies,
  actor: Actor,
  leaseId: string,
  given?: GivenBack & { readonly key: string },
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) throw new Problem('not_found');
  if (given !== undefined) {
    const became = await askRefundsBefore(deps, { leaseId, at: leaseClock(lease) });
    for (const outcome of became) if (outcome.status === 'succeeded') await bookConfirmed(deps, outcome);
    // Whatever is said below, somebody has to ask about what is in doubt again.
    if (became.length > 0) await lookAtBooks(deps, actor, lease);
  }
  await transact(deps.db, actor, leaseClock(lease), async (context) => {
    if (given !== undefined) {
      const { amount: sum, key, ...way } = given;
      const id = uuidFor('return-credit', actor.id, leaseId, key);
      const amount = inLeaseCurrency(lease, sum);
      if ('receiptNumber' in way) await returnCredit(context, deps, { paymentId: id, leaseId, amount, ...way });
      else await returnElsewhere(context, deps, { orderId: id, leaseId, amount, ...way });
    }
    await askForRefunds(context, (await lockLease(context.tx, leaseId)).row);
  });
  await lookAtBooks(deps, actor, lease);
}
