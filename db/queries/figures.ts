import { sql } from 'drizzle-orm';
import { paymentProviders } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { portfolioAtRisk } from './portfolio.ts';
import { heard, isOnline } from './service-levels.ts';

/** Counts and ages of what waits, for dashboards and alerts. Ages are seconds by the wall, and 0 where nothing waits. */
type Row<Label extends string> = Readonly<Record<Label, string>> & { readonly value: number };

const age = (instant: string) => sql.raw(`coalesce(extract(epoch from now() - min(${instant})), 0)::float8`);

/** When this was asked. */
export const now = (db: Queryable) => db.execute<Row<never>>(sql`select extract(epoch from now())::float8 as value`);

/** Of all databases of the server, such as those of Temporal: they share its limit. */
export const connections = (db: Queryable) =>
  db.execute<
    Row<'application' | 'state'>
  >(sql`select coalesce(nullif(application_name, ''), usename) as application, coalesce(state, 'other') as state, count(*)::int as value
      from pg_stat_activity where datname is not null and coalesce(backend_type, 'client backend') = 'client backend' group by 1, 2`);

export const connectionLimit = (db: Queryable) =>
  db.execute<Row<never>>(sql`select current_setting('max_connections')::int as value`);

/** Of all roles, for one that may read their statistics (`pg_read_all_stats`); else of its own. */
export const oldestTransaction = (db: Queryable) =>
  db.execute<Row<never>>(
    sql`select ${age('xact_start')} as value from pg_stat_activity where datname = current_database()`,
  );

/** Seconds since the log was archived last, where it has failed since; 0 where it has not. */
export const archiveFailing = (db: Queryable) =>
  db.execute<Row<never>>(sql`
    select case when last_failed_time > coalesce(last_archived_time, '-infinity')
      then extract(epoch from now() - coalesce(last_archived_time, stats_reset, last_failed_time)) else 0 end::float8 as value
    from pg_stat_archiver`);

/** The end of the last base backup, which deploy/postgres/backup.sh writes into the database's comment; 0 is never. None where nothing is archived. */
export const lastBackup = (db: Queryable) =>
  db.execute<Row<never>>(sql`
    select coalesce(extract(epoch from to_timestamp(
      substring(shobj_description(oid, 'pg_database') from '^base backup (\\d{8}T\\d{6})Z') || '+00',
      'YYYYMMDD"T"HH24MISSTZH')), 0)::float8 as value
    from pg_database where datname = current_database() and current_setting('archive_mode') <> 'off'`);

export const recentPayments = (db: Queryable) =>
  db.execute<
    Row<'provider' | 'kind' | 'status' | 'reason'>
  >(sql`select provider, kind, status, coalesce(reason, '') as reason, count(*)::int as value
      from payments.attempts where created_at > now() - interval '1 hour' group by 1, 2, 3, 4`);

export const unknownPayments = (db: Queryable) =>
  db.execute<Row<'provider'>>(
    sql`select provider, count(*)::int as value from payments.attempts where status = 'unknown' group by 1`,
  );

export const unknownAge = (db: Queryable) =>
  db.execute<Row<'provider'>>(
    sql`select provider, ${age('created_at')} as value from payments.attempts where status = 'unknown' group by 1`,
  );

export const unbookedPayments = (db: Queryable) =>
  db.execute<Row<never>>(
    sql`select count(*)::int as value from payments.attempts where status = 'succeeded' and transfer_id is null`,
  );

export const unbookedAge = (db: Queryable) =>
  db.execute<Row<never>>(
    sql`select ${age('created_at')} as value from payments.attempts where status = 'succeeded' and transfer_id is null`,
  );

export const suspense = (db: Queryable) =>
  db.execute<Row<'provider'>>(
    sql`select provider, count(*)::int as value from payments.inbound where status = 'suspense' group by 1`,
  );

export const suspenseAge = (db: Queryable) =>
  db.execute<Row<'provider'>>(
    sql`select provider, ${age('received_at')} as value from payments.inbound where status = 'suspense' group by 1`,
  );

export const openCases = (db: Queryable) =>
  db.execute<Row<'kind'>>(
    sql`select kind, count(*)::int as value from payments.cases where status = 'open' group by 1`,
  );

/** Of a provider that has not been good yet, when it was first asked for money. */
export const goodDays = (db: Queryable) =>
  db.execute<Row<'provider'>>(sql`
    select provider, value from (
      select provider, extract(epoch from coalesce(
        (select max(date)::timestamp from payments.reconciliations r where r.provider = one.provider and r.status = 'balanced'),
        (select min(created_at) at time zone 'UTC' from payments.attempts a where a.provider = one.provider)))::float8 as value
      from unnest(array[${sql.raw(paymentProviders.map((name) => `'${name}'`).join(', '))}]) as one (provider)
    ) days where value is not null`);

export const leasesByStatus = (db: Queryable) =>
  db.execute<Row<'market' | 'status'>>(
    sql`select market, status, count(*)::int as value from leases.leases group by 1, 2`,
  );

/** The outstanding of each market that is at least so many days past due over all of it; a market that owes nothing has none. */
export async function atRisk(db: Queryable) {
  const { groups } = await portfolioAtRisk(db, { by: 'market' });
  return groups
    .filter(({ outstanding }) => outstanding.amount > 0)
    .flatMap(({ group, atRisk: parts }) =>
      parts.map(({ days, basisPoints }) => ({ market: group.key, days: String(days), value: basisPoints / 10_000 })),
    );
}

export const openTickets = (db: Queryable) =>
  db.execute<Row<'priority'>>(
    sql`select priority, count(*)::int as value from support.tickets where status in ('open', 'waiting') group by 1`,
  );

export const trackersOnline = (db: Queryable) =>
  db.execute<Row<'online'>>(sql`select coalesce(online, false)::text as online, count(*)::int as value
      from telematics.trackers where revoked_at is null group by 1`);

export const recentCommands = (db: Queryable) =>
  db.execute<Row<'type' | 'state'>>(sql`select type, state, count(*)::int as value
      from telematics.commands where issued_at > now() - interval '1 hour' group by 1, 2`);

/**
 * The longest that a vehicle which may start has waited for its tracker to answer that it was told to: of those that wait, and
 * of those whose tracker answered in the last two minutes. One that waits is not counted while its tracker is offline: that
 * is its network, and not ours.
 */
export const slowestStart = (db: Queryable) =>
  db.execute<
    Row<never>
  >(sql`select coalesce(max(extract(epoch from coalesce(heard.at, now()) - i.starting_at)), 0)::float8 as value
      from telematics.immobilisations i ${heard}
      where i.starting_at > now() - interval '1 day' and (heard.at > now() - interval '2 minutes'
        or (heard.at is null and i.state <> 'ended' and ${isOnline}))`);

/** UTC days after today that positions have a partition for, without a gap. */
export const positionDaysAhead = (db: Queryable) =>
  db.execute<Row<never>>(sql`select count(*)::int as value from (
      select bool_and(to_regclass('telematics.positions_' || to_char(day, 'YYYYMMDD')) is not null) over (order by day) as made
      from generate_series((now() at time zone 'UTC')::date + 1, (now() at time zone 'UTC')::date + 30, interval '1 day') day
    ) days where made`);
