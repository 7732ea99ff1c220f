import { moneyInDoubt } from '#db/queries/doubts';
import { Problem } from '#domain/errors';
import { puttingOff } from '#domain/leases/doubt';
import type { Context } from '../../context.ts';
import { inAll } from '../before-end.ts';
import { debtOf, sumOfDebt } from '../debt.ts';
import { businessDate, type LeaseRecord } from '../lease-record.ts';

/** All that its customer has to pay to have a vehicle back that is kept for him, however long: minor units. */
export const owedToRedeem = (lease: LeaseRecord, at: Date): number => sumOfDebt(debtOf(lease, at, { paidAt: null }));

/**
 * Whoever has paid all that is owed may have the vehicle: no costs make it saleable again, and it is not sold, nor while it is
 * not known whether he has. What he asks his phone for and nobody hears of puts that off a few times, as everything else.
 *
 * @throws Problem invalid_state
 */
export async function refuseRedeemed({ tx, at }: Context, lease: LeaseRecord): Promise<void> {
  const { row } = lease;
  const owed = owedToRedeem(lease, at);
  if (owed === 0) throw new Problem('invalid_state', "all that is owed is paid: it is the customer's, and is redeemed");
  const doubts = puttingOff((await moneyInDoubt(tx, [row])).get(row.id) ?? [], businessDate(row, at));
  if (inAll(doubts) >= owed)
    throw new Problem('invalid_state', 'money that would pay all that is owed is not known yet, or waits in suspense');
}
