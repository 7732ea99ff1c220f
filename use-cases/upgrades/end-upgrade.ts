import { Problem } from '#domain/errors';
import { isOver, lapsedFor } from '#domain/upgrades/upgrade';
import type { Context } from '../context.ts';
import { releaseVehicle } from '../vehicles/release-vehicle.ts';
import { lockUpgrade, moveUpgrade, type UpgradeRecord, type UpgradeRow } from './upgrade-record.ts';

/** The customer or an agent calls it off, also one whose time has passed: all is as it was. @throws Problem invalid_state once it is over */
export async function cancelUpgrade(
  context: Context,
  { upgradeId, reason }: { readonly upgradeId: string; readonly reason: string },
): Promise<UpgradeRow> {
  const found = await lockUpgrade(context, upgradeId);
  const { status } = found.row;
  if (isOver(status)) throw new Problem('invalid_state', `this is not possible while the upgrade is ${status}`);
  return end(context, found, 'cancelled', reason);
}

/** Ends one whose time has passed on the clock of its lease. One that goes on, or is over, stays as it is. */
export async function lapseUpgrade(context: Context, upgradeId: string): Promise<UpgradeRow> {
  const found = await lockUpgrade(context, upgradeId);
  const { status, expiresAt } = found.row;
  const why = lapsedFor[status];
  if (why === undefined || expiresAt > context.at) return found.row;
  return end(context, found, 'lapsed', `${why} until ${expiresAt.toISOString()}`);
}

async function end(
  context: Context,
  found: UpgradeRecord,
  as: 'cancelled' | 'lapsed',
  reason: string,
): Promise<UpgradeRow> {
  const { newLeaseId: id, vehicleId } = found.row;
  await releaseVehicle(context, { leaseId: id, vehicleId }, `upgrade ${as}`);
  const lapsedFrom = as === 'lapsed' ? found.row.status : null;
  return moveUpgrade(context, found, as, { reason, lapsedFrom }, 'upgrade.ended');
}
