import { eq, notInArray, sql } from 'drizzle-orm';
import { leftFleet } from '#domain/vehicles/vehicle';
import type { Queryable } from '../client.ts';
import { odometers, vehicles } from '../schema/index.ts';

/** What says when a vehicle is due for service. */
const serviced = {
  id: vehicles.id,
  type: vehicles.type,
  market: vehicles.market,
  metres: sql<number>`coalesce(${odometers.metres}, 0)::float8`,
  servicedMetres: vehicles.servicedMetres,
  servicedOn: vehicles.servicedOn,
  servicesTold: vehicles.servicesTold,
  createdAt: vehicles.createdAt,
};

/** Of every vehicle that is ours. */
export const servicedFleet = (db: Queryable) =>
  db
    .select(serviced)
    .from(vehicles)
    .leftJoin(odometers, eq(odometers.vehicleId, vehicles.id))
    .where(notInArray(vehicles.status, [...leftFleet]));

export type ServicedVehicle = Awaited<ReturnType<typeof servicedFleet>>[number];

export async function findServiced(db: Queryable, id: string): Promise<ServicedVehicle | undefined> {
  const [row] = await db
    .select(serviced)
    .from(vehicles)
    .leftJoin(odometers, eq(odometers.vehicleId, vehicles.id))
    .where(eq(vehicles.id, id));
  return row;
}
