import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { marketRules } from '#domain/markets';
import { isComplete, isLongOver, type Reading } from '#domain/payments/reconciliation-days';
import type { Day, Wall } from '#domain/payments/wire';
import type { Queryable } from '../client.ts';
import { attempts, reconciliations } from '../schema/index.ts';

/**
 * The days with a good report, and when the last of them was begun: one that came to its end, and was begun when the statement of
 * the day was complete; what a person asked for in the days in which that may lack something yet (`isLongOver`) is none if it did.
 * None of which a charge is unknown still: its lease has not taken what the report says, or could not be told.
 */
export async function reportedDays(
  db: Queryable,
  { provider, market }: Wall,
  date?: LocalDate,
): Promise<ReadonlyMap<LocalDate, Date>> {
  const isTheirs = and(
    eq(reconciliations.provider, provider),
    or(eq(reconciliations.market, market), isNull(reconciliations.market)),
    inArray(reconciliations.status, ['balanced', 'differences']),
    date === undefined ? undefined : eq(reconciliations.date, date),
  );
  const isUnknown = and(
    eq(attempts.status, 'unknown'),
    isNull(attempts.refundOf),
    eq(attempts.provider, provider),
    eq(attempts.currency, marketRules(market).currency),
  );
  const [reports, unknown] = await Promise.all([
    db
      .select({
        date: reconciliations.date,
        startedAt: reconciliations.startedAt,
        isByPerson: sql<boolean>`${reconciliations.requestedBy} is not null`,
        lacks: sql<boolean>`${reconciliations.differences} @> ${JSON.stringify([{ kind: 'missing_there' }])}::jsonb`,
      })
      .from(reconciliations)
      .where(isTheirs)
      .orderBy(asc(reconciliations.startedAt)),
    db.select({ at: attempts.createdAt }).from(attempts).where(isUnknown),
  ]);
  const isOpen = new Set(unknown.map(({ at }) => localDateAt(at.getTime(), market)));
  const days = reports.map(({ date: day, ...report }) => ({ day: localDate(day), ...report }));
  const isGood = ({ day, startedAt, isByPerson, lacks }: (typeof days)[number]) =>
    isComplete(day, market, startedAt) && !(isByPerson && lacks && !isLongOver(day, market, startedAt));
  const good = days.filter((one) => isGood(one) && !isOpen.has(one.day));
  // The last of a day is the one that a map keeps.
  return new Map(good.map(({ day, startedAt }) => [day, startedAt]));
}

/** When a day's statement was read in one market, as far as reports are over: also of those that failed by what it lacked. */
export async function readingsOf(db: Queryable, { provider, market, date }: Day): Promise<Reading[]> {
  const isIts = and(
    eq(reconciliations.provider, provider),
    eq(reconciliations.date, date),
    isNotNull(reconciliations.finishedAt),
  );
  const reports = await db
    .select({ at: reconciliations.finishedAt, totals: reconciliations.totals })
    .from(reconciliations)
    .where(isIts);
  return reports.flatMap(({ at, totals }) =>
    totals.flatMap((one) =>
      one.market === market && at !== null ? [{ at, until: one.until === undefined ? null : new Date(one.until) }] : [],
    ),
  );
}
