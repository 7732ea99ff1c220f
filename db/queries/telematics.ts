import { and, asc, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, or } from 'drizzle-orm';
import type postgres from 'postgres';
import type { Queryable } from '../client.ts';
import { latestPositions, leases, positions, quarantine, riskEvents, trackers } from '../schema/index.ts';
import { isRunning, leaseStatuses, type LeaseStatus } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import type { Fix } from '#domain/telematics/fix';
import type { RiskType } from '#domain/telematics/rules/index';
import type { TrackerKind } from '#domain/telematics/tracker';

export type TrackerRow = typeof trackers.$inferSelect;
export type PositionRow = typeof positions.$inferSelect & { readonly lat: number; readonly lon: number };
export type LatestPositionRow = typeof latestPositions.$inferSelect;
export type RiskEventRow = typeof riskEvents.$inferSelect;
export type QuarantineRow = typeof quarantine.$inferSelect;

/** Where a list goes on: after this one. */
export interface After {
  readonly createdAt: Date;
  readonly id: string;
}

const running = leaseStatuses.filter(isRunning);

/** Trackers in use, newest first, one more than `limit` where there are more. */
export function listTrackers(
  db: Queryable,
  filter: { readonly vehicleId?: string | undefined; readonly after?: After | undefined; readonly limit: number },
): Promise<TrackerRow[]> {
  const { vehicleId, after, limit } = filter;
  return db
    .select()
    .from(trackers)
    .where(
      and(
        isNull(trackers.revokedAt),
        vehicleId === undefined ? undefined : eq(trackers.vehicleId, vehicleId),
        after === undefined
          ? undefined
          : or(
              lt(trackers.createdAt, after.createdAt),
              and(eq(trackers.createdAt, after.createdAt), lt(trackers.id, after.id)),
            ),
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
  return rows.flatMap(({ lat, lon, ...row }) => (lat === null || lon === null ? [] : [{ ...row, lat, lon }]));
}

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
export interface Tenure {
  readonly customerId: string;
  readonly since: Date;
}

/** The customer who has a vehicle now, by a lease that runs; null where nobody has. */
export async function tenureOf(db: Queryable, vehicleId: string): Promise<Tenure | null> {
  const [row] = await db
    .select({ customerId: leases.customerId, handedOverAt: leases.handedOverAt, createdAt: leases.createdAt })
    .from(leases)
    .where(and(eq(leases.vehicleId, vehicleId), inArray(leases.status, running)))
    .limit(1);
  return row === undefined ? null : { customerId: row.customerId, since: row.handedOverAt ?? row.createdAt };
}

export interface RiskFilter {
  readonly vehicleId?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly type?: RiskType | undefined;
  /** Only those of this customer's leases. */
  readonly customerId?: string | undefined;
  readonly after?: After | undefined;
  readonly limit: number;
}

/** Risk events, the latest to happen first, one more than `limit` where there are more. */
export async function listRiskEvents(db: Queryable, filter: RiskFilter): Promise<RiskEventRow[]> {
  const { vehicleId, leaseId, type, customerId, after, limit } = filter;
  const own =
    customerId === undefined
      ? undefined
      : inArray(riskEvents.leaseId, db.select({ id: leases.id }).from(leases).where(eq(leases.customerId, customerId)));
  return db
    .select()
    .from(riskEvents)
    .where(
      and(
        own,
        vehicleId === undefined ? undefined : eq(riskEvents.vehicleId, vehicleId),
        leaseId === undefined ? undefined : eq(riskEvents.leaseId, leaseId),
        type === undefined ? undefined : eq(riskEvents.type, type),
        after === undefined
          ? undefined
          : or(
              lt(riskEvents.occurredAt, after.createdAt),
              and(eq(riskEvents.occurredAt, after.createdAt), lt(riskEvents.id, after.id)),
            ),
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
  filter: { readonly trackerId?: string | undefined; readonly after?: After | undefined; readonly limit: number },
): Promise<QuarantineRow[]> {
  const { trackerId, after, limit } = filter;
  return db
    .select()
    .from(quarantine)
    .where(
      and(
        trackerId === undefined ? undefined : eq(quarantine.trackerId, trackerId),
        after === undefined
          ? undefined
          : or(
              lt(quarantine.receivedAt, after.createdAt),
              and(eq(quarantine.receivedAt, after.createdAt), lt(quarantine.id, after.id)),
            ),
      ),
    )
    .orderBy(desc(quarantine.receivedAt), desc(quarantine.id))
    .limit(limit + 1);
}

/** What the broker and the rules need to know of a tracker. */
export interface KnownTracker {
  readonly id: string;
  readonly vehicleId: string;
  readonly kind: TrackerKind;
  readonly serial: string | null;
  readonly passwordEncrypted: string;
  readonly credentialVersion: number;
  readonly online: boolean | null;
  readonly lastSeenAt: Date | null;
  readonly revokedAt: Date | null;
  readonly vehicleType: string | null;
  readonly speedLimitKph: number | null;
  readonly market: Market | null;
  /** Of the lease that has the vehicle. */
  readonly leaseStatus: LeaseStatus | null;
  /** The vehicle is a customer's own: nothing of where it is is kept any more. Absent: it is not. */
  readonly owned?: boolean;
}

/** The lease that has a vehicle now. @param vehicleId the column that names the vehicle */
export const runningLease = (sql: postgres.Sql | postgres.TransactionSql, vehicleId: string) => sql`
  select l.id, l.status from leases.leases l
  where l.vehicle_id = ${sql(vehicleId)} and l.status = any(${running}::text[])
  order by l.handed_over_at desc nulls last limit 1`;

/** Trackers by id or serial, revoked ones included. */
export function loadTrackers(
  sql: postgres.Sql,
  ids: readonly string[],
  serials: readonly string[] = [],
): Promise<KnownTracker[]> {
  return sql<KnownTracker[]>`
    select t.id, t.vehicle_id as "vehicleId", t.kind, t.serial, t.password_encrypted as "passwordEncrypted",
      t.credential_version as "credentialVersion", t.online, t.last_seen_at as "lastSeenAt", t.revoked_at as "revokedAt",
      v.type as "vehicleType", v.speed_limit_kph as "speedLimitKph", v.market, lease.status as "leaseStatus",
      coalesce(v.status = 'sold', false) as owned
    from telematics.trackers t left join vehicles.vehicles v on v.id = t.vehicle_id
    left join lateral (${runningLease(sql, 't.vehicle_id')}) lease on true
    where t.id = any(${[...ids]}::uuid[]) or (t.serial = any(${[...serials]}::text[]) and t.revoked_at is null)`;
}

/** The credentials of trackers in use: of all, or of those named. */
export function loadCredentials(
  sql: postgres.Sql,
  ids: readonly string[] | null,
): Promise<{ id: string; passwordEncrypted: string }[]> {
  return sql<{ id: string; passwordEncrypted: string }[]>`
    select id, password_encrypted as "passwordEncrypted" from telematics.trackers
    where revoked_at is null ${ids === null ? sql`` : sql`and id = any(${[...ids]}::uuid[])`}`;
}

export interface RecentFix extends Omit<Fix, 'ts' | 'lat' | 'lon' | 'output1' | 'alarms' | 'extra'> {
  readonly trackerId: string;
  readonly ts: Date;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly suspect: boolean;
  readonly receivedAt: Date;
  readonly extra: Record<string, unknown> | null;
}
export interface KnownEpisode {
  readonly trackerId: string;
  readonly episode: string;
  readonly occurredAt: Date;
  readonly endedAt: Date | null;
}
export interface KnownPlace {
  readonly vehicleId: string;
  readonly ts: Date;
  readonly lat: number;
  readonly lon: number;
}

/**
 * What is needed to go on watching trackers after a restart: where their vehicles are, their fixes of the
 * last minutes before that, and the episodes that go on or ended in those.
 *
 * @param windowMs how far before the latest fix
 */
export async function loadWatched(
  sql: postgres.Sql,
  watched: readonly { readonly id: string; readonly vehicleId: string }[],
  windowMs: number,
) {
  const places = await sql<KnownPlace[]>`
    select vehicle_id as "vehicleId", ts, lat, lon from telematics.latest_positions
    where vehicle_id = any(${watched.map(({ vehicleId }) => vehicleId)}::uuid[])`;
  const placeOf = new Map(places.map((place) => [place.vehicleId, place]));
  const since = watched.flatMap(({ id, vehicleId }) => {
    const place = placeOf.get(vehicleId);
    return place === undefined ? [] : [{ id, from: new Date(place.ts.getTime() - windowMs).toISOString() }];
  });
  const fixes = await sql<RecentFix[]>`
    select p.tracker_id as "trackerId", p.ts, p.sequence, p.lat, p.lon, p.speed_kph as "speedKph", p.heading, p.altitude,
      p.accuracy, p.ignition, p.odometer_km as "odometerKm", p.suspect, p.received_at as "receivedAt", p.extra
    from unnest(${since.map(({ id }) => id)}::uuid[], ${since.map(({ from }) => from)}::timestamptz[]) as w(id, since)
    cross join lateral (
      select * from telematics.positions p where p.tracker_id = w.id and p.ts >= w.since order by p.ts desc limit 300
    ) p
    order by p.ts`;
  const episodes = await sql<KnownEpisode[]>`
    select r.tracker_id as "trackerId", r.episode, r.occurred_at as "occurredAt", r.ended_at as "endedAt"
    from telematics.risk_events r
    where r.tracker_id = any(${watched.map(({ id }) => id)}::uuid[])
      and (r.ended_at is null or r.ended_at >= now() - interval '8 days')
    order by r.occurred_at`;
  return { placeOf, fixes, episodes };
}
