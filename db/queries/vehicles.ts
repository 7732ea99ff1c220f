import { and, arrayContains, asc, desc, eq, gte, inArray, isNull, lt, ne, sql } from 'drizzle-orm';
import { isApplication, leaseStatuses, runningStatuses } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import type { Photo } from '#domain/vehicles/photograph';
import type { Frequency } from '#domain/vehicles/plan';
import type { VehicleType } from '#domain/vehicles/vehicle';
import type { Queryable } from '../client.ts';
import { prebuiltSql } from '../prebuilt.ts';
import { outer } from './outer.ts';
import { seenSince } from './tenures.ts';
import { audit, latestPositions, leases, pictures, plans, vehicles } from '../schema/index.ts';

export type VehicleRow = typeof vehicles.$inferSelect;
export type PlanRow = typeof plans.$inferSelect;

/** A vehicle, retired or not: who had it may still read of it. */
export async function findVehicle(db: Queryable, id: string): Promise<VehicleRow | undefined> {
  const [row] = await db.select().from(vehicles).where(eq(vehicles.id, id));
  return row;
}

/** How far a vehicle is known to have gone, kilometres. */
export async function odometerOf(db: Queryable, id: string): Promise<number> {
  return (await findVehicle(db, id))?.odometerKm ?? 0;
}

/** Whether a customer has a lease of this vehicle, or had one. */
export async function hasLeaseOf(db: Queryable, customerId: string, vehicleId: string): Promise<boolean> {
  const his = and(eq(leases.vehicleId, vehicleId), eq(leases.customerId, customerId));
  return (await db.select({ id: leases.id }).from(leases).where(his).limit(1)).length > 0;
}

/** Photographs of vehicles of which some show pictures of these hashes. */
export async function photographsKept(db: Queryable, hashes: readonly string[]): Promise<Photo[]> {
  const shown = hashes.map((sha256) => {
    const shows = sql`${vehicles.photos} @> ${JSON.stringify([{ sizes: [{ sha256 }] }])}::jsonb`;
    return db.select({ photos: vehicles.photos }).from(vehicles).where(shows).limit(1);
  });
  return (await Promise.all(shown)).flat().flatMap(({ photos }) => photos);
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

/** Whether somebody had the vehicle by a lease after it was last seen, by the wall as trackers tell the time. */
const wasHeldLater = sql`exists (
  select from leases.leases had
  where had.vehicle_id = ${outer(latestPositions.vehicleId)} and had.handed_over_at is not null and had.ended_at is not null
    and case when had.ended_at > now() then had.ended_at - had.clock_offset_ms * interval '1 millisecond' else had.ended_at end
      > ${outer(latestPositions.ts)})`;

/**
 * Where trackers last saw these vehicles, by vehicle. A customer is told of vehicles of his own running leases only, and
 * nothing of before he had them; staff of those that nobody has or owns, and nothing of while somebody had them: where those are, and
 * where they were with him, is a look, and on record (`GET /v1/vehicles/{id}/position`).
 */
export async function trackedPlaces(
  db: Queryable,
  vehicleIds: readonly string[],
  viewer: { readonly staff: boolean; readonly userId: string } | null,
): Promise<ReadonlyMap<string, TrackedPlace>> {
  if (viewer === null || vehicleIds.length === 0) return new Map();
  const may = viewer.staff
    ? and(isNull(leases.id), ne(vehicles.status, 'sold'), sql`not ${wasHeldLater}`)
    : and(eq(leases.customerId, viewer.userId), gte(latestPositions.ts, seenSince));
  const rows = await db
    .select({
      vehicleId: latestPositions.vehicleId,
      lat: latestPositions.lat,
      lon: latestPositions.lon,
      at: latestPositions.ts,
    })
    .from(latestPositions)
    .innerJoin(vehicles, eq(vehicles.id, latestPositions.vehicleId))
    .leftJoin(leases, and(eq(leases.vehicleId, latestPositions.vehicleId), inArray(leases.status, runningStatuses)))
    .where(and(inArray(latestPositions.vehicleId, [...vehicleIds]), may));
  return new Map(rows.map(({ vehicleId, ...place }) => [vehicleId, place]));
}

/** The types of the vehicles of a customer's applications that are open. */
export async function typesAppliedFor(db: Queryable, customerId: string): Promise<VehicleType[]> {
  const isOpen = inArray(leases.status, leaseStatuses.filter(isApplication));
  const rows = await db
    .selectDistinct({ type: vehicles.type })
    .from(leases)
    .innerJoin(vehicles, eq(vehicles.id, leases.vehicleId))
    .where(and(eq(leases.customerId, customerId), isOpen));
  return rows.map(({ type }) => type);
}

/** Of these vehicles those that a customer has by a lease that runs. */
export async function vehiclesHeldBy(
  db: Queryable,
  vehicleIds: readonly string[],
  viewer: { readonly staff: boolean; readonly userId: string } | null,
): Promise<ReadonlySet<string>> {
  if (viewer === null || viewer.staff || vehicleIds.length === 0) return new Set();
  const isHis = and(eq(leases.customerId, viewer.userId), inArray(leases.status, runningStatuses));
  const rows = await db
    .select({ vehicleId: leases.vehicleId })
    .from(leases)
    .where(and(inArray(leases.vehicleId, [...vehicleIds]), isHis));
  return new Set(rows.map(({ vehicleId }) => vehicleId));
}

interface PlanFilter {
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

/** How far the catalogue is, as its readers know it. */
interface CatalogueMark {
  /** Whether events are committed that have no position yet. */
  readonly isBehind: boolean;
  /** The newest position, and the newest of a vehicle's event; 0 where there is none after the one that was named. */
  readonly newest: number;
  readonly changed: number;
  /** Another number after each change of a plan. */
  readonly plans: string;
}

const mark = prebuiltSql<{ behind: boolean; newest: string; changed: string; plans: string }>(
  (given) => sql`
    select exists (select 1 from events.outbox where sequence is null) as behind,
      coalesce(max(position), 0) as newest,
      coalesce(max(position) filter (where type in ('vehicle.created', 'vehicle.changed')), 0) as changed,
      (select sum(version)::text || '.' || count(*) from vehicles.plans) as plans
    from events.outbox where position > ${given('after')}`,
);

/** @param after a position that was seen */
export async function catalogueMark(db: Queryable, after: number): Promise<CatalogueMark> {
  const [found] = await mark(db, { after });
  if (found === undefined) throw new Error('an aggregate has a row');
  const { behind, newest, changed, plans: versions } = found;
  return { isBehind: behind, newest: Number(newest), changed: Number(changed), plans: versions };
}

/** What happened to a vehicle's state and price, the latest first. */
export async function vehicleHistory(
  db: Queryable,
  vehicleId: string,
  { limit, before }: { readonly limit: number; readonly before?: number | undefined },
) {
  const tells = sql`(${audit.detail} ? 'status' or ${audit.detail} ? 'price')`;
  return db
    .select({ number: audit.number, at: audit.at, actor: audit.actor, type: audit.type, detail: audit.detail })
    .from(audit)
    .where(and(eq(audit.subject, vehicleId), tells, before === undefined ? undefined : lt(audit.number, before)))
    .orderBy(desc(audit.number))
    .limit(limit);
}
