import { sql, type SQL } from 'drizzle-orm';
import { vehicles } from '../schema/index.ts';

interface Asked {
  readonly isForStaff: boolean;
}

/** Where a vehicle is that somebody leases is neither told nor found by anybody but staff. */
export const isHidden = ({ isForStaff }: Asked): SQL | null => (isForStaff ? null : sql`${vehicles.status} = 'leased'`);

/** Metres on the sphere; null where it is not known where a vehicle stands. */
export const metres = ({ lat, lon }: { lat: number; lon: number }): SQL<number> =>
  sql<number>`(2 * 6371000 * asin(sqrt(power(sin(radians(${vehicles.latitude} - ${lat}::float8) / 2), 2) + cos(radians(${lat}::float8)) * cos(radians(${vehicles.latitude})) * power(sin(radians(${vehicles.longitude} - ${lon}::float8) / 2), 2))))`;

/** By which vehicles are found and put in order: null too where it is hidden. */
export function metresTold(near: { lat: number; lon: number }, search: Asked): SQL {
  const hidden = isHidden(search);
  return hidden === null ? metres(near) : sql`(case when ${hidden} then null else ${metres(near)} end)`;
}
