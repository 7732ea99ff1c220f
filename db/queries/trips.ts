import type postgres from 'postgres';
import { GAP, passedInOrder, metresDriven, type Passed } from '#domain/telematics/legs';
import type { Period } from './telematics.ts';
import { BEFOREHAND, setOff, travel, journeyUnderWay, type Journey, type Trip } from '#domain/telematics/trips';

interface PassedRow extends Omit<Passed, 'ts'> {
  readonly ts: Date;
}

/** Fixes that are fetched at a time, and that one page looks at: two days of one every two seconds. */
const FETCHED = 2_000;
const MOST = 100_000;
const DAY = 86_400_000;

interface TripsPage {
  readonly trips: readonly Trip[];
  /** The one of them that nothing has ended yet. */
  readonly unended: Trip | null;
  /** Trips that set off then or later are yet to be read; null where there are no more. */
  readonly next: Date | null;
}

/**
 * Trips of a vehicle that set off from `from` to `to`, both included, oldest first; the last may come home later. One
 * query, of which no more is fetched than the page needs.
 *
 * @param limit how many at most; a page of very many fixes is shorter
 */
export async function readTrips(
  sql: postgres.Sql,
  { vehicleId, from, to, limit }: Period & { readonly limit: number },
): Promise<TripsPage> {
  const [first, last] = [from.getTime(), to.getTime()];
  const trips: Trip[] = [];
  const list = (trip: Trip | null) => {
    if (trip !== null && trip.start.ts >= first && trip.start.ts <= last) trips.push(trip);
  };
  let [journey, looked]: [Journey, number] = [setOff, 0];
  const page = (next: number | null): TripsPage => {
    const cut = trips.length > limit ? trips[limit - 1]?.end.ts : undefined;
    const goesOn = cut ?? next;
    return { trips: trips.slice(0, limit), unended: journey.trip, next: goesOn === null ? null : new Date(goesOn) };
  };
  for await (const rows of passedFrom(sql, vehicleId, new Date(first - BEFOREHAND))) {
    for (const { ts, ...row } of rows) {
      const step = travel(journey, { ...row, ts: ts.getTime() });
      ({ journey } = step);
      list(step.over);
      // What is not under way now sets off here or later.
      if (trips.length > limit || (journey.trip?.start.ts ?? ts.getTime()) > last) return page(null);
    }
    looked += rows.length;
  }
  const still = journey.trip;
  if (looked < MOST || journey.last === null) {
    list(journeyUnderWay(journey));
    return page(null);
  }
  // The next page begins with the trip that goes on; one longer than a page is cut.
  if (still !== null && still.start.ts > first) return page(still.start.ts);
  list(journeyUnderWay(journey));
  return page(journey.last.ts);
}

/** Metres that a vehicle drove on a day of UTC, by the positions that are there. @param day `YYYY-MM-DD` */
export async function readMetres(sql: postgres.Sql, vehicleId: string, day: string): Promise<number> {
  const since = Date.parse(`${day}T00:00:00Z`);
  const from = new Date(since - GAP);
  const rows = await sql<PassedRow[]>`
    ${passed(sql, vehicleId, from)} and ts < ${new Date(since + DAY).toISOString()} order by ts`;
  return metresDriven(passedInOrder(rows.map(({ ts, ...row }) => ({ ...row, ts: ts.getTime() }))), since);
}

/** Where a vehicle passed from a moment on, in order of time. */
function passedFrom(sql: postgres.Sql, vehicleId: string, from: Date): AsyncIterable<PassedRow[]> {
  return sql<PassedRow[]>`
    ${passed(sql, vehicleId, from)} order by ts, sequence collate "C" limit ${MOST}`.cursor(FETCHED);
}

const passed = (sql: postgres.Sql, vehicleId: string, from: Date) => sql`
  select ts, sequence, lat, lon, speed_kph as "speedKph", accuracy, ignition from telematics.positions
  where vehicle_id = ${vehicleId} and ts >= ${from.toISOString()} and lat is not null`;

/** What a vehicle ever drove, and on which days. */
export interface Odometer {
  readonly metres: number;
  readonly days: readonly { readonly day: string; readonly metres: number }[];
}

/** What a vehicle ever drove by its trackers, as far as it is counted, and the days that are in a time in part or whole. */
export async function readOdometer(sql: postgres.Sql, { vehicleId, from, to }: Period): Promise<Odometer> {
  const utc = (at: Date) => at.toISOString().slice(0, 10);
  const [total, days] = await Promise.all([
    sql<{ metres: number }[]>`select metres::float8 from telematics.odometers where vehicle_id = ${vehicleId}`,
    sql<{ day: string; metres: number }[]>`
      select day::text, metres::float8 from telematics.distances
      where vehicle_id = ${vehicleId} and metres > 0 and day between ${utc(from)}::date and ${utc(to)}::date order by day`,
  ]);
  return { metres: total[0]?.metres ?? 0, days };
}
