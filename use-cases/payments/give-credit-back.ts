import { uuidv7 } from 'uuidv7';
import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payments/payable';
import { transact } from '../context.ts';
import { lookAtBooks, type RestartDependencies } from '../leases/restart-lease.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { returnCredit } from './return-credit.ts';

/**
 * Somebody gives a customer's credit back: in cash what he pays out, and what goes back by mobile money is tried again,
 * by the lease's workflow, which is started in his name where the lease is over. Repeated, it pays out nothing more.
 *
 * @param cash what he pays out, and the receipt that the customer signs
 * @throws Problem not_found, currency_mismatch or unprocessable for what cannot be paid; otherwise as `returnCredit`.
 */
export async function giveCreditBack(
  deps: RestartDependencies & Pick<PaymentDependencies, 'mobileMoney'>,
  actor: Actor,
  leaseId: string,
  cash?: { readonly amount: Money; readonly receiptNumber: string },
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) throw new Problem('not_found');
  if (cash !== undefined) {
    const { receiptNumber } = cash;
    const given = { paymentId: uuidv7(), leaseId, amount: inLeaseCurrency(lease, cash.amount), receiptNumber };
    await transact(deps.db, actor, leaseClock(lease), (context) => returnCredit(context, deps, given));
  }
  await lookAtBooks(deps, actor, lease);
}
