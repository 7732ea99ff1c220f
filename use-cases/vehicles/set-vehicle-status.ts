import { eq, sql } from 'drizzle-orm';
import { vehicles } from '#db/schema/index';
import type { VehicleStatus } from '#domain/vehicles/vehicle';
import type { Context } from '../context.ts';
import { tellChange } from './tell-change.ts';

/**
 * Moves the vehicle on with its version, so that whoever read it before knows that it has changed. Who hears its tracker
 * is told at the commit: of one that is sold nothing is kept.
 */
export async function setVehicleStatus(
  context: Context,
  vehicleId: string,
  status: VehicleStatus,
  odometerKm?: number,
): Promise<void> {
  const { tx, at } = context;
  const [row] = await tx
    .update(vehicles)
    .set({
      status,
      updatedAt: at,
      version: sql`${vehicles.version} + 1`,
      ...(odometerKm === undefined ? {} : { odometerKm }),
    })
    .where(eq(vehicles.id, vehicleId))
    .returning();
  if (row !== undefined) await tellChange(context, row);
  await tx.execute(sql`
    select pg_notify('telematics_trackers', id::text) from telematics.trackers
    where vehicle_id = ${vehicleId} and revoked_at is null`);
}
