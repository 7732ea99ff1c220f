import type postgres from 'postgres';
import { doEach } from '#platform/attempt-each';
import { DISPUTE_DAYS, daysBefore, inBatches, type Retention } from '../retention.ts';

/** Days of positions that are taken, and days ahead that partitions are made for. */
const DAYS_BACK = 8;
const DAYS_AHEAD = 7;
/** How long dropping a day may wait for readers before it lets everybody else go first: the activity tries again. */
const LOCK_PATIENCE = '3s';

/** Makes the partitions of every UTC day whose positions may come in the next week. */
export async function makePositionDays(sql: postgres.Sql): Promise<void> {
  await sql`select telematics.ensure_partitions((now() at time zone 'UTC')::date - ${DAYS_BACK}::int, (now() at time zone 'UTC')::date + ${DAYS_AHEAD}::int)`;
}

export const telematicsRetention = {
  /** Days of positions that are past the retention, dropped whole. The newest position of each vehicle stays. */
  async positionDays({ sql, at, config, beat }) {
    const days = await pastDays(sql, daysBefore(at, config.POSITIONS_RETENTION_DAYS));
    await doEach(days, async (day) => {
      beat();
      await sql.begin(async (tx) => {
        await tx`select set_config('lock_timeout', ${LOCK_PATIENCE}, true)`;
        await tx`drop table if exists telematics.${tx(day)}`;
      });
    });
    return days.length;
  },

  /** What else telemetry has left: stray fixes outside every day, quarantined messages, and words that were set aside. */
  async otherTelemetry({ sql, at, config, beat }) {
    const before = daysBefore(at, config.POSITIONS_RETENTION_DAYS);
    const stray = await inBatches(
      (limit) => sql`
        delete from telematics.positions_default where ctid = any(array(
          select ctid from telematics.positions_default where ts < ${before} limit ${limit}))`,
      beat,
    );
    const quarantined = await inBatches(
      (limit) => sql`
        delete from telematics.quarantine where id = any(array(
          select id from telematics.quarantine where received_at < ${before} order by received_at limit ${limit}))`,
      beat,
    );
    const words = await inBatches(
      (limit) => sql`
        delete from telematics.unit_words where id = any(array(
          select id from telematics.unit_words where set_aside_at < ${before} limit ${limit}))`,
      beat,
    );
    return stray + quarantined + words;
  },

  /** What trackers noticed that is of no weight, such as harsh braking; what is high or critical stays with its lease. */
  lesserRisks({ sql, at, beat }) {
    const before = daysBefore(at, DISPUTE_DAYS);
    return inBatches(
      (limit) => sql`
        delete from telematics.risk_events where id = any(array(
          select id from telematics.risk_events where created_at < ${before} and severity in ('low', 'medium')
            and (ended_at is not null or occurred_at < ${before}) limit ${limit}))`,
      beat,
    );
  },

  /** That vehicles were asked where they are, each minute of a theft: what came of it are positions. */
  async locates({ sql, at, config, beat }) {
    const before = daysBefore(at, config.POSITIONS_RETENTION_DAYS);
    return inBatches(
      (limit) => sql`
        delete from telematics.commands where id = any(array(
          select id from telematics.commands where type = 'locate' and issued_at < ${before} limit ${limit}))`,
      beat,
    );
  },

  /** Looks at where vehicles were, which their customers could read for as long as events. */
  async locationViews({ sql, at, config, beat }) {
    const before = daysBefore(at, config.EVENTS_RETENTION_DAYS);
    return inBatches(
      (limit) => sql`
        delete from telematics.location_views where id = any(array(
          select id from telematics.location_views where at < ${before} order by at limit ${limit}))`,
      beat,
    );
  },

  /** Days of distances that are past the retention of their positions: their sum stays with the vehicle. */
  async distanceDays({ sql, at, config, beat }) {
    const before = daysBefore(at, config.POSITIONS_RETENTION_DAYS);
    return inBatches(
      (limit) => sql`
        with gone as (
          delete from telematics.distances where ctid = any(array(
            select ctid from telematics.distances
            where day < (${before}::timestamptz at time zone 'UTC')::date and state = 'counted' limit ${limit}))
          returning vehicle_id, metres
        ), kept as (
          insert into telematics.odometers as known (vehicle_id, metres, past_metres)
          select vehicle_id, sum(metres), sum(metres) from gone group by vehicle_id order by vehicle_id
          on conflict (vehicle_id) do update set past_metres = known.past_metres + excluded.past_metres
        )
        select vehicle_id from gone`,
      beat,
    );
  },
} satisfies Retention;

/** Partitions whose day had ended at that instant. */
async function pastDays(sql: postgres.Sql, before: Date): Promise<string[]> {
  const partitions = await sql<{ name: string }[]>`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'telematics.positions'::regclass and relname ~ '^positions_[0-9]{8}$'
      and to_date(right(relname, 8), 'YYYYMMDD') < (${before}::timestamptz at time zone 'UTC')::date
    order by relname`;
  return partitions.map(({ name }) => name);
}
