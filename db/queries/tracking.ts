import type postgres from 'postgres';
import { isRunning, leaseStatuses, type LeaseStatus } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import type { Fitting } from '#domain/telematics/fitting';
import { NEWEST, type Fix } from '#domain/telematics/fix';
import type { TrackerKind } from '#domain/telematics/tracker';

const running = leaseStatuses.filter(isRunning);

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
  /** Since when its customer has it, on the wall. Absent: ever. */
  readonly leaseSince?: Date | null;
  /** The vehicle is a customer's own: nothing of where it is is kept any more. Absent: it is not. */
  readonly owned?: boolean;
  /** When it was fitted, and where its unit was before, by its serial, if it ever was in another vehicle. Absent: it was not. */
  readonly fittedAt?: Date;
  readonly earlier?: readonly Fitting[];
}

/** The lease that has a vehicle now. @param vehicleId the column that names the vehicle */
export const runningLease = (sql: postgres.Sql | postgres.TransactionSql, vehicleId: string) => sql`
  select l.id, l.status, coalesce(l.transferred_at, l.handed_over_at) - ${clockLead(sql)} as since from leases.leases l
  where l.vehicle_id = ${sql(vehicleId)} and l.status = any(${running}::text[])
  order by l.handed_over_at desc nulls last limit 1`;

/** How far the clock of a lease is ahead of the wall, by which trackers go: in development only. */
const clockLead = (sql: postgres.Sql | postgres.TransactionSql) => sql`l.clock_offset_ms * interval '1 millisecond'`;

/** A tracker's clock may be as far behind ours as it may be ahead: so much before its handover is of a lease already. */
const clockDoubt = (sql: postgres.Sql | postgres.TransactionSql) => sql`${NEWEST} * interval '1 millisecond'`;

/**
 * The lease that had a vehicle at a time, and from when until when the customer of then had it, on the wall.
 *
 * @param vehicleId the column that names the vehicle
 * @param at the column of the time
 */
export const leaseThen = (sql: postgres.Sql | postgres.TransactionSql, vehicleId: string, at: string) => sql`
  select l.id,
    greatest(l.handed_over_at - ${clockDoubt(sql)}, (select max(t.until) from leases.tenures t
      where t.lease_id = l.id and t.until - ${clockLead(sql)} <= ${sql(at)})) - ${clockLead(sql)} as since,
    least(coalesce(l.completed_at, l.ended_at, 'infinity'), (select min(t.until) from leases.tenures t
      where t.lease_id = l.id and t.until - ${clockLead(sql)} > ${sql(at)})) - ${clockLead(sql)} as until
  from leases.leases l
  where l.vehicle_id = ${sql(vehicleId)} and l.handed_over_at - ${clockDoubt(sql)} - ${clockLead(sql)} <= ${sql(at)}
    and coalesce(l.completed_at, l.ended_at, 'infinity') - ${clockLead(sql)} > ${sql(at)}
  order by l.handed_over_at desc limit 1`;

/** Trackers by id or serial, revoked ones included. */
export function loadTrackers(
  sql: postgres.Sql,
  ids: readonly string[],
  serials: readonly string[] = [],
): Promise<KnownTracker[]> {
  return sql<KnownTracker[]>`
    select t.id, t.vehicle_id as "vehicleId", t.kind, t.serial, t.password_encrypted as "passwordEncrypted",
      t.credential_version as "credentialVersion", t.online, t.last_seen_at as "lastSeenAt", t.revoked_at as "revokedAt",
      v.type as "vehicleType", v.speed_limit_kph as "speedLimitKph", v.market, lease.status as "leaseStatus", lease.since as "leaseSince",
      coalesce(v.status = 'sold', false) as owned, t.created_at as "fittedAt", coalesce(before.fittings, '[]') as earlier
    from telematics.trackers t left join vehicles.vehicles v on v.id = t.vehicle_id
    left join lateral (${runningLease(sql, 't.vehicle_id')}) lease on true
    left join lateral (
      select jsonb_agg(jsonb_build_object('trackerId', e.id, 'vehicleId', e.vehicle_id, 'owned', coalesce(ev.status = 'sold', false),
        'from', floor(extract(epoch from e.created_at) * 1000), 'until', ceil(extract(epoch from e.revoked_at) * 1000))) as fittings
      from telematics.trackers e left join vehicles.vehicles ev on ev.id = e.vehicle_id
      where e.serial = t.serial and e.revoked_at is not null and exists (
        select from telematics.trackers o where o.serial = t.serial and o.revoked_at is not null and o.vehicle_id <> t.vehicle_id)
    ) before on true
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
interface KnownPlace {
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
