import { eq } from 'drizzle-orm';
import { repossessions } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { formatMoney, money } from '#domain/money';
import { emit, recordOnLease, type Context } from '../../context.ts';
import { releaseHold } from '../../vehicles/release-vehicle.ts';
import { setVehicleStatus } from '../../vehicles/set-vehicle-status.ts';
import { refuseWhileSaidGone } from '../refuse-while-said-gone.ts';
import { owedToRedeem } from './refuse-redeemed.ts';
import { lockLease } from '../lease-record.ts';
import { admitStep, closeInspection, isRedeemed, lockHeld } from './repossession-record.ts';

/**
 * Until his vehicle is sold the customer has it back for good, once all that is owed and what it has cost is paid: it is his. Said
 * again, it changes nothing.
 *
 * @throws Problem forbidden; invalid_state unless it is kept and nothing is owed any more, and while a case says that money of it
 * has gone
 */
export async function redeemVehicle(context: Context, { leaseId }: { readonly leaseId: string }): Promise<void> {
  admitStep('redeemVehicle', context.actor);
  await lockLease(context.tx, leaseId);
  if (await isRedeemed(context.tx, leaseId)) return;
  const { lease, held } = await lockHeld(context, 'redeemVehicle', leaseId);
  const { currency, customerId, vehicleId } = lease.row;
  const owed = owedToRedeem(lease, context.at);
  if (owed > 0)
    throw new Problem(
      'invalid_state',
      `${formatMoney(money(owed, currency))} are owed: with that it is the customer's`,
    );
  await refuseWhileSaidGone(context, leaseId);
  await setVehicleStatus(context, vehicleId, 'sold');
  await releaseHold(context, leaseId, 'redeemed');
  await closeInspection(context, leaseId, 'its customer has the vehicle back');
  await context.tx
    .update(repossessions)
    .set({ status: 'redeemed', endedAt: context.at })
    .where(eq(repossessions.leaseId, leaseId));
  const costs = money(held.costs, currency);
  await recordOnLease(context, lease.row, { key: `redeemed:${leaseId}`, type: 'lease.redeemed', detail: { costs } });
  const data = { leaseId, customerId, vehicleId };
  await emit(context, { type: 'lease.redeemed', subject: leaseId, leaseId, data });
}
