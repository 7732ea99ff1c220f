import { sql } from 'drizzle-orm';
import { isGivenUp, isRunning, leaseStatuses, type LeaseStatus } from '#domain/leases/status';
import { marketRules, markets, type Market } from '#domain/markets';

/** Pieces of SQL over all leases: statuses as lists, the zones of the markets, the local day of a lease `l` in its zone `z`. */
export const statuses = (are: (status: LeaseStatus) => boolean) =>
  sql.join(
    leaseStatuses.filter(are).map((status) => sql`${status}`),
    sql`, `,
  );
export const running = statuses(isRunning);
export const givenUp = statuses(isGivenUp);

/** `with ${zones}`: each market with its zone. */
export const zones = sql`zones (market, zone) as (values ${sql.join(
  markets.map((one) => sql`(${one}, ${marketRules(one).timeZone})`),
  sql`, `,
)})`;

/** The local date of a lease on its own clock, when the wall's is `at`, or now. */
export const localDay = (at?: Date) =>
  sql`((${at === undefined ? sql`now()` : sql`${at.toISOString()}::timestamptz`} + l.clock_offset_ms * interval '1 millisecond') at time zone z.zone)::date`;

export const ofMarket = (market: Market | undefined, column = 'l.market') =>
  market === undefined ? sql`true` : sql`${sql.raw(column)} = ${market}`;
