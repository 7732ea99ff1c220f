import { and, asc, eq, inArray, isNull, or } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { attempts, inbound, reconciliations } from '#db/schema/index';
import { addDays, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { marketRules, markets } from '#domain/markets';
import { daysWithoutReport, isComplete } from '#domain/payments/reconciliation-days';
import type { Wall } from '#domain/payments/wire';
import type { ReconciliationDependencies } from './dependencies.ts';

/** Every provider that is configured, in every market that it serves. */
export const wallsOf = ({
  mobileMoney,
}: {
  readonly mobileMoney: Pick<ReconciliationDependencies['mobileMoney'], 'all'>;
}): Wall[] =>
  mobileMoney
    .all()
    .flatMap(({ name: provider }) =>
      markets
        .filter((market) => marketRules(market).providers.includes(provider))
        .map((market) => ({ provider, market })),
    );

/** The days of each wall that are over and have no good report, oldest first. */
export function daysToReconcile(
  deps: Pick<ReconciliationDependencies, 'db' | 'mobileMoney'>,
  when: { readonly scheduledAt: Date; readonly now: Date },
): Promise<(Wall & { readonly dates: LocalDate[] })[]> {
  return Promise.all(wallsOf(deps).map(async (wall) => ({ ...wall, dates: await missingDays(deps.db, wall, when) })));
}

/** The days of a wall that are over and have no good report, oldest first (`daysWithoutReport`). */
async function missingDays(
  db: Queryable,
  wall: Wall,
  { scheduledAt, now }: { readonly scheduledAt: Date; readonly now: Date },
): Promise<LocalDate[]> {
  const dateOf = (instant: Date) => localDateAt(instant.getTime(), wall.market);
  const [first, reported] = await Promise.all([firstPayment(db, wall), reportedDays(db, wall)]);
  return daysWithoutReport({
    first: first === null ? null : dateOf(first),
    scheduled: addDays(dateOf(scheduledAt), -1),
    yesterday: addDays(dateOf(now), -1),
    reported,
  });
}

async function firstPayment(db: Queryable, { provider, market }: Wall): Promise<Date | null> {
  const isCharge = and(eq(attempts.provider, provider), eq(attempts.currency, marketRules(market).currency));
  const isPaid = inArray(inbound.status, ['suspense', 'posted', 'returning', 'returned']);
  const [[charge], [byHimself]] = await Promise.all([
    db.select({ at: attempts.createdAt }).from(attempts).where(isCharge).orderBy(asc(attempts.createdAt)).limit(1),
    db
      .select({ at: inbound.paidAt })
      .from(inbound)
      .where(and(eq(inbound.provider, provider), eq(inbound.market, market), isPaid))
      .orderBy(asc(inbound.paidAt))
      .limit(1),
  ]);
  const known = [charge, byHimself].flatMap((one) => (one === undefined ? [] : [one.at.getTime()]));
  return known.length === 0 ? null : new Date(Math.min(...known));
}

/**
 * The days with a good report: one that came to its end, and was begun when the statement of the day was complete. None of
 * which a charge is unknown still: its lease has not taken what the report says, or could not be told.
 */
export async function reportedDays(
  db: Queryable,
  { provider, market }: Wall,
  date?: LocalDate,
): Promise<ReadonlySet<LocalDate>> {
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
      .select({ date: reconciliations.date, startedAt: reconciliations.startedAt })
      .from(reconciliations)
      .where(isTheirs),
    db.select({ at: attempts.createdAt }).from(attempts).where(isUnknown),
  ]);
  const isOpen = new Set(unknown.map(({ at }) => localDateAt(at.getTime(), market)));
  const days = reports.map(({ date: day, startedAt }) => ({ day: localDate(day), startedAt }));
  return new Set(
    days.filter(({ day, startedAt }) => isComplete(day, market, startedAt) && !isOpen.has(day)).map(({ day }) => day),
  );
}
