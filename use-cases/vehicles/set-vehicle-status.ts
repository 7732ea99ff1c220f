import { eq } from 'drizzle-orm';
import { vehicles } from '#db/schema/index';
import { refuseMove, type Mover } from '#domain/vehicles/states';
import type { VehicleStatus } from '#domain/vehicles/vehicle';
import { record, type Context } from '../context.ts';
import { tellChange } from './tell-change.ts';
import { lockVehicle } from './update-vehicle.ts';

/**
 * What a lease, or work on it, does to the state of a vehicle. Who hears its tracker is told at the commit: of one that is sold nothing is kept.
 *
 * @param odometerKm as somebody has read it, perhaps a while ago: it never goes back
 * @throws Problem invalid_state for a change that the table of `domain/vehicles/states.ts` does not have.
 */
export async function setVehicleStatus(
  context: Context,
  vehicleId: string,
  status: VehicleStatus,
  odometerKm?: number,
  by: Mover = 'lease',
): Promise<void> {
  const { tx, at } = context;
  const before = await lockVehicle(context, vehicleId);
  refuseMove(before.status, status, by);
  const retiredAt = status === 'retired' ? at : null;
  const [row] = await tx
    .update(vehicles)
    .set({
      status,
      retiredAt,
      updatedAt: at,
      odometerKm: Math.max(before.odometerKm, odometerKm ?? 0),
    })
    .where(eq(vehicles.id, vehicleId))
    .returning();
  if (row === undefined) throw new Error('a vehicle that is locked is there');
  if (before.status !== status)
    await record(context, {
      type: 'vehicle.moved',
      subject: vehicleId,
      detail: { status: { from: before.status, to: status } },
    });
  await tellChange(context, row);
}
