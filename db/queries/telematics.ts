import { and, asc, desc, eq, gt, gte, inArray, isNotNull, isNull, lte, or } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { latestPositions, leases, positions, quarantine, riskEvents, trackers } from '../schema/index.ts';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import type { RiskType } from '#domain/telematics/rules/index';
import { olderThan, type PagePlace } from './page.ts';
import { seenSince, whileHeldBy } from './tenures.ts';

export type TrackerRow = typeof trackers.$inferSelect;
export type PositionRow = typeof positions.$inferSelect & { readonly lat: number; readonly lon: number };
type LatestPositionRow = typeof latestPositions.$inferSelect;
type RiskEventRow = typeof riskEvents.$inferSelect;
type QuarantineRow = typeof quarantine.$inferSelect;

/** Where a list goes on: after this one. */
const running = leaseStatuses.filter(isRunning);

/** Trackers in use, newest first, one more than `limit` where there are more. */
export function listTrackers(
  db: Queryable,
  filter: { readonly vehicleId?: string | undefined; readonly after?: PagePlace | undefined; readonly limit: number },
): Promise<TrackerRow[]> {
  const { vehicleId, after, limit } = filter;
  return db
    .select()
    .from(trackers)
    .where(
      and(
        isNull(trackers.revokedAt),
        vehicleId === undefined ? undefined : eq(trackers.vehicleId, vehicleId),
        olderThan(after, trackers.createdAt, trackers.id),
      ),
    )
    .orderBy(desc(trackers.createdAt), desc(trackers.id))
    .limit(limit + 1);
}

/** A tracker that is in use. */
export async function findTracker(db: Queryable, id: string): Promise<TrackerRow | null> {
  const [row] = await db
    .select()
    .from(trackers)
    .where(and(eq(trackers.id, id), isNull(trackers.revokedAt)));
  return row ?? null;
}

/** Where a vehicle was last believed to be. */
export async function findLatestPosition(db: Queryable, vehicleId: string): Promise<LatestPositionRow | null> {
  const [row] = await db.select().from(latestPositions).where(eq(latestPositions.vehicleId, vehicleId));
  return row ?? null;
}

/** A vehicle, and a time of which both ends belong to it. */
export interface Period {
  readonly vehicleId: string;
  readonly from: Date;
  readonly to: Date;
}

/** Positions of a vehicle from `from` to `to`, both included, oldest first, one more than `limit` where there are more. */
export async function listPositions(
  db: Queryable,
  filter: Period & {
    readonly after?: { readonly ts: Date; readonly sequence: string } | undefined;
    readonly limit: number;
  },
): Promise<PositionRow[]> {
  const { vehicleId, from, to, after, limit } = filter;
  const rows = await db
    .select()
    .from(positions)
    .where(
      and(
        eq(positions.vehicleId, vehicleId),
        isNotNull(positions.lat),
        gte(positions.ts, after !== undefined && after.ts > from ? after.ts : from),
        lte(positions.ts, to),
        after === undefined
          ? undefined
          : or(gt(positions.ts, after.ts), and(eq(positions.ts, after.ts), gt(positions.sequence, after.sequence))),
      ),
    )
    .orderBy(asc(positions.ts), asc(positions.sequence))
    .limit(limit + 1);
  return rows.flatMap(placed);
}

/** The newest positions of a time, oldest first, one more than `limit` where there are more. */
export async function lastPositions(
  db: Queryable,
  { vehicleId, from, to, limit }: Period & { readonly limit: number },
): Promise<PositionRow[]> {
  const inTime = and(gte(positions.ts, from), lte(positions.ts, to));
  const rows = await db
    .select()
    .from(positions)
    .where(and(eq(positions.vehicleId, vehicleId), isNotNull(positions.lat), inTime))
    .orderBy(desc(positions.ts), desc(positions.sequence))
    .limit(limit + 1);
  return rows.toReversed().flatMap(placed);
}

const placed = ({ lat, lon, ...row }: typeof positions.$inferSelect): PositionRow[] =>
  lat === null || lon === null ? [] : [{ ...row, lat, lon }];

/** All positions of a time, in pages of a query each: whoever reads slowly holds no connection meanwhile. */
export async function* pagesOfPositions(db: Queryable, period: Period): AsyncGenerator<readonly PositionRow[]> {
  const limit = 1_000;
  let after: PositionRow | undefined;
  do {
    const rows = await listPositions(db, { ...period, after, limit });
    const page = rows.slice(0, limit);
    yield page;
    after = rows.length > limit ? page.at(-1) : undefined;
  } while (after !== undefined);
}

/** Who has a vehicle, and since when. */
interface Tenure {
  readonly customerId: string;
  readonly since: Date;
}

/** The customer who has a vehicle now, by a lease that runs; null where nobody has. */
export async function tenureOf(db: Queryable, vehicleId: string): Promise<Tenure | null> {
  const [row] = await db
    .select({ customerId: leases.customerId, since: seenSince })
    .from(leases)
    .where(and(eq(leases.vehicleId, vehicleId), inArray(leases.status, running)))
    .limit(1);
  return row ?? null;
}

interface RiskFilter {
  readonly vehicleId?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly type?: RiskType | undefined;
  /** Only those of this customer's leases. */
  readonly customerId?: string | undefined;
  readonly after?: PagePlace | undefined;
  readonly limit: number;
}

/** Risk events, the latest to happen first, one more than `limit` where there are more. */
export async function listRiskEvents(db: Queryable, filter: RiskFilter): Promise<RiskEventRow[]> {
  const { vehicleId, leaseId, type, customerId, after, limit } = filter;
  const own = customerId === undefined ? undefined : whileHeldBy(customerId, riskEvents.leaseId, riskEvents.occurredAt);
  return db
    .select()
    .from(riskEvents)
    .where(
      and(
        own,
        vehicleId === undefined ? undefined : eq(riskEvents.vehicleId, vehicleId),
        leaseId === undefined ? undefined : eq(riskEvents.leaseId, leaseId),
        type === undefined ? undefined : eq(riskEvents.type, type),
        olderThan(after, riskEvents.occurredAt, riskEvents.id),
      ),
    )
    .orderBy(desc(riskEvents.occurredAt), desc(riskEvents.id))
    .limit(limit + 1);
}

export async function findRiskEvent(db: Queryable, id: string): Promise<RiskEventRow | null> {
  const [row] = await db.select().from(riskEvents).where(eq(riskEvents.id, id));
  return row ?? null;
}

/** What could not be believed, the latest first, one more than `limit` where there are more. */
export function listQuarantine(
  db: Queryable,
  filter: { readonly trackerId?: string | undefined; readonly after?: PagePlace | undefined; readonly limit: number },
): Promise<QuarantineRow[]> {
  const { trackerId, after, limit } = filter;
  return db
    .select()
    .from(quarantine)
    .where(
      and(
        trackerId === undefined ? undefined : eq(quarantine.trackerId, trackerId),
        olderThan(after, quarantine.receivedAt, quarantine.id),
      ),
    )
    .orderBy(desc(quarantine.receivedAt), desc(quarantine.id))
    .limit(limit + 1);
}
