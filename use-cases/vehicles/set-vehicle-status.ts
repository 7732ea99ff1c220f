import { eq, sql } from 'drizzle-orm';
import { vehicles } from '#db/schema/index';
import type { VehicleStatus } from '#domain/vehicles/vehicle';
import type { Context } from '../context.ts';

/**
 * Moves the vehicle on with its version, so that whoever read it before knows that it has changed. Who hears its tracker
 * is told at the commit: of one that is sold nothing is kept.
 */
export async function setVehicleStatus(
  { tx, at }: Context,
  vehicleId: string,
  status: VehicleStatus,
  odometerKm?: number,
): Promise<void> {
  await tx
    .update(vehicles)
    .set({
      status,
      updatedAt: at,
      version: sql`${vehicles.version} + 1`,
      ...(odometerKm === undefined ? {} : { odometerKm }),
    })
    .where(eq(vehicles.id, vehicleId));
  await tx.execute(sql`
    select pg_notify('telematics_trackers', id::text) from telematics.trackers
    where vehicle_id = ${vehicleId} and revoked_at is null`);
}
