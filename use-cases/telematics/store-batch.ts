import type postgres from 'postgres';
import { uuidv7 } from 'uuidv7';
import { isFix, type Fix, type SaidFix } from '#domain/telematics/fix';
import { daysTouched } from '#domain/telematics/legs';
import { system } from '#domain/identity/roles';
import { markPresence, type Presence } from './mark-presence.ts';
import { raiseRisks, type Risk } from './raise-risks.ts';
import { keepWords, type UnitWord } from './unit-words.ts';

export interface StoredFix {
  readonly fix: SaidFix;
  readonly trackerId: string;
  readonly vehicleId: string;
  readonly suspect: boolean;
  readonly receivedAt: number;
}

/** One that knows where it is. */
export interface StoredPlace extends StoredFix {
  readonly fix: Fix;
}

export interface Quarantined {
  /** Made from the content, so that a message that comes twice is kept once. */
  readonly id: string;
  readonly trackerId: string | null;
  readonly topic: string;
  readonly reason: string;
  /** Bytes. */
  readonly size: number;
  readonly payload: string;
  readonly receivedAt: number;
  /** Its tracker said it, and not that the vehicle stands: none is stopped until the next believed place. */
  readonly mayMove: boolean;
  /** A forged identity is a security event: it goes into the audit as well. */
  readonly audited: boolean;
}

/** What a batch of messages means. */
export interface Batch {
  readonly fixes: readonly StoredFix[];
  /** The newest believed fix of each vehicle. */
  readonly latest: readonly StoredPlace[];
  /** What was last said of ignition and relay without knowing where. */
  readonly states: readonly StoredFix[];
  readonly quarantined: readonly Quarantined[];
  readonly risks: readonly Risk[];
  /** Episodes that are over, by their key, and when. */
  readonly endings: readonly { readonly episode: string; readonly at: number }[];
  readonly presences: readonly Presence[];
  /** What is said of commands: it is worked off beside. */
  readonly words: readonly UnitWord[];
}

/**
 * Stores a batch in one transaction: positions (one that is there already is left), the latest one of
 * each vehicle if it is newer, risk events with their CloudEvents, and what could not be believed.
 */
export async function storeBatch(sql: postgres.Sql, batch: Batch): Promise<void> {
  await sql.begin(async (tx) => {
    if (batch.fixes.length > 0) {
      await insertPositions(tx, batch.fixes);
      await makeDue(tx, batch.fixes);
    }
    if (batch.latest.length > 0) await moveLatest(tx, batch.latest);
    if (batch.states.length > 0) await changeStates(tx, batch.states);
    if (batch.quarantined.length > 0) await insertQuarantine(tx, batch.quarantined);
    await raiseRisks(tx, batch.risks);
    await markPresence(tx, batch.presences);
    await keepWords(tx, batch.words);
    if (batch.endings.length > 0) {
      await tx`
        update telematics.risk_events r set ended_at = e.at
        from unnest(${batch.endings.map(({ episode }) => episode)}::text[], ${batch.endings.map(({ at }) => iso(at))}::timestamptz[]) as e(episode, at)
        where r.episode = e.episode and r.ended_at is null`;
    }
  });
}

const iso = (ms: number) => new Date(ms).toISOString();

/**
 * A column of what needs no quotes, as Postgres writes an array: thousands of positions have thirteen of them, and the
 * driver looks for quotes in every value.
 */
function column<Row>(rows: readonly Row[], of: (row: Row) => string | number | boolean | null): string {
  return `{${rows.map((row) => of(row) ?? 'null').join(',')}}`;
}

async function insertPositions(tx: postgres.TransactionSql, rows: readonly StoredFix[]): Promise<void> {
  await tx`
    insert into telematics.positions
      (tracker_id, ts, sequence, vehicle_id, lat, lon, speed_kph, heading, altitude, accuracy, ignition, odometer_km, suspect, extra, received_at)
    select p.tracker_id, p.ts, p.sequence, p.vehicle_id, p.lat, p.lon, p.speed_kph, p.heading, p.altitude, p.accuracy,
      p.ignition, p.odometer_km, p.suspect, p.extra::jsonb, p.received_at
    from unnest(
      ${column(rows, ({ trackerId }) => trackerId)}::uuid[],
      ${column(rows, ({ fix }) => iso(fix.ts))}::timestamptz[],
      ${rows.map(({ fix }) => fix.sequence)}::text[],
      ${column(rows, ({ vehicleId }) => vehicleId)}::uuid[],
      ${column(rows, ({ fix }) => fix.lat)}::float8[],
      ${column(rows, ({ fix }) => fix.lon)}::float8[],
      ${column(rows, ({ fix }) => fix.speedKph)}::float4[],
      ${column(rows, ({ fix }) => fix.heading)}::float4[],
      ${column(rows, ({ fix }) => fix.altitude)}::float4[],
      ${column(rows, ({ fix }) => fix.accuracy)}::float4[],
      ${column(rows, ({ fix }) => fix.ignition)}::boolean[],
      ${column(rows, ({ fix }) => fix.odometerKm)}::float8[],
      ${column(rows, ({ suspect }) => suspect)}::boolean[],
      ${rows.map(({ fix }) => extraOf(fix))}::text[],
      ${column(rows, ({ receivedAt }) => iso(receivedAt))}::timestamptz[]
    ) as p(tracker_id, ts, sequence, vehicle_id, lat, lon, speed_kph, heading, altitude, accuracy, ignition, odometer_km, suspect, extra, received_at)
    on conflict do nothing`;
}

/**
 * What these vehicles drove on the days of the fixes is to be counted, again where it was. Rows that are due already are
 * locked all the same: whoever takes one to count it waits for this commit, and so sees the fixes.
 */
async function makeDue(tx: postgres.TransactionSql, rows: readonly StoredFix[]): Promise<void> {
  const due = new Map<string, Set<number>>();
  for (const { vehicleId, fix } of rows) {
    if (!isFix(fix)) continue;
    const days = due.get(vehicleId) ?? new Set();
    for (const day of daysTouched(fix.ts)) days.add(day);
    due.set(vehicleId, days);
  }
  const pairs = [...due].flatMap(([vehicleId, days]) => Array.from(days, (day) => ({ vehicleId, day })));
  if (pairs.length === 0) return;
  await tx`
    insert into telematics.distances as known (vehicle_id, day)
    select vehicle_id, date '1970-01-01' + day
    from unnest(${column(pairs, ({ vehicleId }) => vehicleId)}::uuid[], ${column(pairs, ({ day }) => day)}::int4[]) as p(vehicle_id, day)
    order by vehicle_id, day
    on conflict (vehicle_id, day) do update set state = 'due' where known.state <> 'due'`;
}

function extraOf({ extra }: SaidFix): string | null {
  for (const _ in extra) return JSON.stringify(extra);
  return null;
}

async function moveLatest(tx: postgres.TransactionSql, rows: readonly StoredPlace[]): Promise<void> {
  await tx`
    insert into telematics.latest_positions as latest
      (vehicle_id, tracker_id, ts, lat, lon, speed_kph, heading, ignition, output1, suspect, received_at)
    select p.vehicle_id, p.tracker_id, p.ts, p.lat, p.lon, p.speed_kph, p.heading, p.ignition, p.output1, false, p.received_at
    from unnest(
      ${column(rows, ({ vehicleId }) => vehicleId)}::uuid[],
      ${column(rows, ({ trackerId }) => trackerId)}::uuid[],
      ${column(rows, ({ fix }) => iso(fix.ts))}::timestamptz[],
      ${column(rows, ({ fix }) => fix.lat)}::float8[],
      ${column(rows, ({ fix }) => fix.lon)}::float8[],
      ${column(rows, ({ fix }) => fix.speedKph)}::float4[],
      ${column(rows, ({ fix }) => fix.heading)}::float4[],
      ${column(rows, ({ fix }) => fix.ignition)}::boolean[],
      ${column(rows, ({ fix }) => fix.output1)}::boolean[],
      ${column(rows, ({ receivedAt }) => iso(receivedAt))}::timestamptz[]
    ) as p(vehicle_id, tracker_id, ts, lat, lon, speed_kph, heading, ignition, output1, received_at)
    order by p.vehicle_id
    on conflict (vehicle_id) do update set tracker_id = excluded.tracker_id, ts = excluded.ts, lat = excluded.lat, lon = excluded.lon,
      speed_kph = excluded.speed_kph, heading = excluded.heading, suspect = excluded.suspect, received_at = excluded.received_at,
      ignition = case when latest.state_ts > excluded.ts then latest.ignition else excluded.ignition end,
      output1 = case when latest.state_ts > excluded.ts then latest.output1 else excluded.output1 end
    where excluded.ts > latest.ts`;
}

/** Ignition and relay change, and the place stays; where no place is known yet there is nothing to change. */
async function changeStates(tx: postgres.TransactionSql, rows: readonly StoredFix[]): Promise<void> {
  await tx`
    with said as (
      select * from unnest(
        ${column(rows, ({ vehicleId }) => vehicleId)}::uuid[],
        ${column(rows, ({ fix }) => iso(fix.ts))}::timestamptz[],
        ${column(rows, ({ fix }) => fix.ignition)}::boolean[],
        ${column(rows, ({ fix }) => fix.output1)}::boolean[]
      ) as s(vehicle_id, ts, ignition, output1)
    ), locked as (
      select vehicle_id from telematics.latest_positions
      where vehicle_id in (select vehicle_id from said) order by vehicle_id for no key update
    )
    update telematics.latest_positions l
    set ignition = coalesce(s.ignition, l.ignition), output1 = coalesce(s.output1, l.output1), state_ts = s.ts
    from said s join locked using (vehicle_id)
    where l.vehicle_id = s.vehicle_id and s.ts > greatest(l.ts, l.state_ts)`;
}

/** What is said again is kept once, and is news: a clock that stands still may say the same of every ride. */
async function insertQuarantine(tx: postgres.TransactionSql, rows: readonly Quarantined[]): Promise<void> {
  await tx`
    insert into telematics.quarantine as known (id, tracker_id, topic, reason, size, payload, received_at, may_move)
    select distinct on (id) * from unnest(
      ${rows.map(({ id }) => id)}::uuid[],
      ${rows.map(({ trackerId }) => trackerId)}::uuid[],
      ${rows.map(({ topic }) => topic)}::text[],
      ${rows.map(({ reason }) => reason)}::text[],
      ${rows.map(({ size }) => size)}::int4[],
      ${rows.map(({ payload }) => payload)}::text[],
      ${rows.map(({ receivedAt }) => iso(receivedAt))}::timestamptz[],
      ${column(rows, ({ mayMove }) => mayMove)}::boolean[]
    ) as q(id, tracker_id, topic, reason, size, payload, received_at, may_move)
    order by id, received_at desc
    on conflict (id) do update set received_at = excluded.received_at, may_move = excluded.may_move
    where excluded.received_at > known.received_at`;
  const audited = rows.filter((row) => row.audited);
  if (audited.length === 0) return;
  await tx`
    insert into events.audit (id, key, at, type, subject, actor, detail)
    select a.id, a.key, a.at, 'telematics.identity_mismatch', a.subject, a.actor::jsonb, a.detail::jsonb
    from unnest(
      ${audited.map(() => uuidv7())}::uuid[],
      ${audited.map(({ id }) => `quarantine:${id}`)}::text[],
      ${audited.map(({ receivedAt }) => iso(receivedAt))}::timestamptz[],
      ${audited.map(({ trackerId, topic }) => trackerId ?? topic)}::text[],
      ${audited.map(() => JSON.stringify(system('telematics')))}::text[],
      ${audited.map(({ id, topic, reason }) => JSON.stringify({ quarantineId: id, topic, reason }))}::text[]
    ) as a(id, key, at, subject, actor, detail)
    on conflict (key) do nothing`;
}
