import { priceOnPlan } from '#domain/vehicles/price-on-plan';
import type { Standing } from '#domain/leases/standing';
import type { OfferOrder } from '#domain/leases/wire';
import { mayFollow } from '#domain/leases/status';
import { money } from '#domain/money';
import type { Plan } from '#domain/vehicles/plan';
import type { Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { lockLease, standingOf } from './lease-record.ts';

/**
 * Offers the lease on its plan, with the conditions of the credit decision priced in, or waiting for whoever is to answer for it. A lease that was
 * offered before, or has ended, stays as it is.
 *
 * @returns the terms offered.
 */
export async function makeOffer(context: Context, input: OfferOrder): Promise<{ deposit: number; standing: Standing }> {
  const before = await lockLease(context.tx, input.leaseId);
  const { row } = before;
  if (!mayFollow(row.status, 'offered')) return { deposit: row.deposit, standing: standingOf(before, context.at) };
  const plan: Plan = {
    ...row.plan,
    depositPercent: input.conditions?.depositPercent ?? row.plan.depositPercent,
    instalments: input.conditions?.instalments ?? row.plan.instalments,
  };
  const terms = priceOnPlan(plan, row.market, money(row.price, row.currency));
  const offered = await changeStatus(
    context,
    { leaseId: row.id, to: 'offered', event: 'lease.offered' },
    {
      plan,
      lacksGuarantor: input.conditions?.guarantor === true,
      deposit: terms.deposit.amount,
      instalment: terms.instalment.amount,
      instalmentsTotal: terms.instalments,
      totalPrice: terms.total.amount,
    },
  );
  return { deposit: offered.deposit, standing: standingOf({ ...before, row: offered }, context.at) };
}
