import { and, arrayContains, asc, desc, eq, gte, ilike, inArray, isNull, lte, or, sql, type SQL } from 'drizzle-orm';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import type { Frequency } from '#domain/vehicles/plan';
import type { VehicleStatus, VehicleType } from '#domain/vehicles/vehicle';
import type { Queryable } from '../client.ts';
import { latestPositions, leases, pictures, plans, vehicles } from '../schema/index.ts';

export type VehicleRow = typeof vehicles.$inferSelect;
export type PlanRow = typeof plans.$inferSelect;

export const vehicleSorts = ['-created', 'created', 'price', '-price', 'year', '-year', 'distance'] as const;
export type VehicleSort = (typeof vehicleSorts)[number];

export interface VehicleFilter {
  readonly type?: VehicleType | undefined;
  readonly market?: Market | undefined;
  readonly make?: string | undefined;
  readonly status?: VehicleStatus | undefined;
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  readonly q?: string | undefined;
  /** Sorts by distance from there. */
  readonly near?: { readonly lat: number; readonly lon: number } | undefined;
}

/** Metres on the sphere, good enough to sort by. */
const metres = ({ lat, lon }: { lat: number; lon: number }): SQL<number> =>
  sql<number>`(2 * 6371000 * asin(sqrt(power(sin(radians(${vehicles.latitude} - ${lat}) / 2), 2) + cos(radians(${lat})) * cos(radians(${vehicles.latitude})) * power(sin(radians(${vehicles.longitude} - ${lon}) / 2), 2))))`;

function sortKey(sort: VehicleSort, near: VehicleFilter['near']): { readonly key: SQL; readonly descending: boolean } {
  switch (sort) {
    case 'price':
    case '-price':
      return { key: sql`${vehicles.price}`, descending: sort === '-price' };
    case 'year':
    case '-year':
      return { key: sql`${vehicles.year}`, descending: sort === '-year' };
    case 'distance':
      return { key: near === undefined ? sql`0` : sql`coalesce(round(${metres(near)}), 99999999)`, descending: false };
    case 'created':
    case '-created':
      return { key: sql`extract(epoch from ${vehicles.createdAt}) * 1000`, descending: sort === '-created' };
  }
}

/** A page of vehicles with the sort key of each, after the place that `after` names. */
export function listVehicles(
  db: Queryable,
  filter: VehicleFilter,
  sort: VehicleSort,
  page: { readonly limit: number; readonly after?: readonly [string | number, string] | undefined },
): Promise<{ vehicle: VehicleRow; key: string }[]> {
  const { key, descending } = sortKey(sort, filter.near);
  const { after } = page;
  const compare = descending ? sql`<` : sql`>`;
  const pattern = (text: string) => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return db
    .select({ vehicle: vehicles, key: sql<string>`(${key})::text` })
    .from(vehicles)
    .where(
      and(
        filter.status === 'retired' ? undefined : isNull(vehicles.retiredAt),
        filter.type === undefined ? undefined : eq(vehicles.type, filter.type),
        filter.market === undefined ? undefined : eq(vehicles.market, filter.market),
        filter.make === undefined ? undefined : ilike(vehicles.make, pattern(filter.make).slice(1, -1)),
        filter.status === undefined ? undefined : eq(vehicles.status, filter.status),
        filter.minPrice === undefined ? undefined : gte(vehicles.price, filter.minPrice),
        filter.maxPrice === undefined ? undefined : lte(vehicles.price, filter.maxPrice),
        filter.q === undefined
          ? undefined
          : or(
              ilike(vehicles.make, pattern(filter.q)),
              ilike(vehicles.model, pattern(filter.q)),
              ilike(vehicles.place, pattern(filter.q)),
            ),
        after === undefined
          ? undefined
          : sql`((${key}), ${vehicles.id}) ${compare} (${after[0]}::numeric, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(descending ? desc(key) : asc(key), descending ? desc(vehicles.id) : asc(vehicles.id))
    .limit(page.limit);
}

/** A vehicle, retired or not: who had it may still read of it. */
export async function findVehicle(db: Queryable, id: string): Promise<VehicleRow | undefined> {
  const [row] = await db.select().from(vehicles).where(eq(vehicles.id, id));
  return row;
}

/** What is kept under the hash of its bytes. */
export async function findPicture(db: Queryable, sha256: string): Promise<typeof pictures.$inferSelect | undefined> {
  const [row] = await db.select().from(pictures).where(eq(pictures.sha256, sha256));
  return row;
}

export interface TrackedPlace {
  readonly lat: number;
  readonly lon: number;
  readonly at: Date;
}

/**
 * Where trackers last saw these vehicles, by vehicle. A customer is told of vehicles of his own running
 * leases only; staff of all.
 */
export async function trackedPlaces(
  db: Queryable,
  vehicleIds: readonly string[],
  viewer: { readonly staff: boolean; readonly userId: string } | null,
): Promise<ReadonlyMap<string, TrackedPlace>> {
  if (viewer === null || vehicleIds.length === 0) return new Map();
  const own = db
    .select({ id: leases.vehicleId })
    .from(leases)
    .where(and(eq(leases.customerId, viewer.userId), inArray(leases.status, leaseStatuses.filter(isRunning))));
  const rows = await db
    .select({
      vehicleId: latestPositions.vehicleId,
      lat: latestPositions.lat,
      lon: latestPositions.lon,
      at: latestPositions.ts,
    })
    .from(latestPositions)
    .where(
      and(
        inArray(latestPositions.vehicleId, [...vehicleIds]),
        viewer.staff ? undefined : inArray(latestPositions.vehicleId, own),
      ),
    );
  return new Map(rows.map(({ vehicleId, ...place }) => [vehicleId, place]));
}

export interface PlanFilter {
  readonly market?: Market | undefined;
  readonly type?: VehicleType | undefined;
  readonly frequency?: Frequency | undefined;
  /** Those that are no longer offered too. */
  readonly all?: boolean | undefined;
}

/** Plans by market and name, after the place that `after` names. */
export function listPlans(
  db: Queryable,
  filter: PlanFilter,
  page: { readonly limit: number; readonly after?: readonly [string, string] | undefined },
): Promise<PlanRow[]> {
  const { limit, after } = page;
  const place = sql<string>`(${plans.market} || ' ' || ${plans.name})`;
  return db
    .select()
    .from(plans)
    .where(
      and(
        filter.market === undefined ? undefined : eq(plans.market, filter.market),
        filter.type === undefined ? undefined : arrayContains(plans.vehicleTypes, [filter.type]),
        filter.frequency === undefined ? undefined : eq(plans.frequency, filter.frequency),
        filter.all === true ? undefined : eq(plans.active, true),
        after === undefined ? undefined : sql`(${place}, ${plans.id}) > (${after[0]}::text, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(place, asc(plans.id))
    .limit(limit);
}

/** The sort key of `listPlans`. */
export const planPlace = ({ market, name }: PlanRow) => `${market} ${name}`;

export async function findPlan(db: Queryable, id: string): Promise<PlanRow | undefined> {
  const [row] = await db.select().from(plans).where(eq(plans.id, id));
  return row;
}

/** The types of which a market has a vehicle that is available. */
export async function availableTypes(db: Queryable, market: Market): Promise<VehicleType[]> {
  const rows = await db
    .selectDistinct({ type: vehicles.type })
    .from(vehicles)
    .where(and(eq(vehicles.market, market), eq(vehicles.status, 'available'), isNull(vehicles.retiredAt)));
  return rows.map(({ type }) => type);
}
