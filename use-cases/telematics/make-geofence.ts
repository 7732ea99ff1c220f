import { inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { GeofenceRow } from '#db/queries/geofences';
import { geofences, vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Market } from '#domain/markets';
import type { Area } from '#domain/telematics/area';
import { areaRefusal } from '#domain/telematics/countries';
import { FORCE_DELAY, type FenceRule } from '#domain/telematics/fence';
import { record, type Context } from '../context.ts';

export interface NewGeofence {
  readonly name: string;
  /** Without faults (`areaFaults`). */
  readonly polygon: Area;
  readonly rule: FenceRule;
  /** The only vehicles that it is for; absent or null: all of the market. */
  readonly vehicleIds?: readonly string[] | null | undefined;
  /** Absent or null: every market. */
  readonly market?: Market | null | undefined;
}

/**
 * A fence, in force a second later.
 *
 * @throws Problem unprocessable for a vehicle that does not exist or is of another market, or an area abroad.
 */
export async function makeGeofence(context: Context, input: NewGeofence): Promise<GeofenceRow> {
  const { tx, at } = context;
  const { name, polygon, rule, market = null } = input;
  const vehicleIds = input.vehicleIds ?? null;
  refuseAbroad(polygon, await marketsOf(context, vehicleIds, market));
  const [row] = await tx
    .insert(geofences)
    .values({
      id: uuidv7(),
      name,
      polygon,
      rule,
      vehicleIds: vehicleIds === null ? null : [...vehicleIds],
      market,
      inForceFrom: inForceFrom(at),
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Problem('internal');
  await record(context, { type: 'geofence.created', subject: row.id, detail: { rule, market } });
  await announceGeofences(context);
  return row;
}

export const inForceFrom = (at: Date): Date => new Date(at.getTime() + FORCE_DELAY);

/**
 * The markets of those whom a fence is for; none: every market.
 *
 * @throws Problem unprocessable for a vehicle that does not exist, or that a fence of this market can never be for.
 */
export async function marketsOf(
  { tx }: Context,
  vehicleIds: readonly string[] | null,
  market: Market | null,
): Promise<readonly Market[]> {
  const own = market === null ? [] : [market];
  if (vehicleIds === null || vehicleIds.length === 0) return own;
  const known = await tx
    .select({ id: vehicles.id, market: vehicles.market })
    .from(vehicles)
    .where(inArray(vehicles.id, [...vehicleIds]));
  const marketOf = new Map(known.map((vehicle) => [vehicle.id, vehicle.market]));
  const errors = vehicleIds.flatMap((id, index) => {
    const its = marketOf.get(id);
    if (its === undefined) return [{ path: `vehicleIds.${index}`, message: 'is no vehicle' }];
    return market === null || its === market ? [] : [{ path: `vehicleIds.${index}`, message: `is not of ${market}` }];
  });
  if (errors.length > 0)
    throw new Problem('unprocessable', 'The fence cannot be for these vehicles', errors.slice(0, 20));
  return [...new Set(marketOf.values())].toSorted();
}

/** @throws Problem unprocessable for an area that none of those whom it is for can be in. */
export function refuseAbroad(polygon: Area, concerned: readonly Market[]): void {
  const message = areaRefusal(polygon, concerned);
  if (message !== null)
    throw new Problem('unprocessable', 'The area is abroad', [{ path: 'polygon.coordinates', message }]);
}

/** Those who watch hear of it when the transaction is committed. */
export async function announceGeofences({ tx }: Context): Promise<void> {
  await tx.execute(sql`select pg_notify('telematics_geofences', '')`);
}
