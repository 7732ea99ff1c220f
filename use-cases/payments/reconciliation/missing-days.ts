import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { reportedDays } from '#db/queries/reported-days';
import { attempts, inbound } from '#db/schema/index';
import { addDays, localDateAt, type LocalDate } from '#domain/calendar';
import { marketRules, markets } from '#domain/markets';
import { daysWithoutReport, isRead } from '#domain/payments/reconciliation-days';
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

/** The days of each wall that are over and have no good report, or are read again, oldest first. */
export function daysToReconcile(
  deps: Pick<ReconciliationDependencies, 'db' | 'mobileMoney'>,
  when: { readonly scheduledAt: Date; readonly now: Date },
): Promise<(Wall & { readonly dates: LocalDate[] })[]> {
  return Promise.all(wallsOf(deps).map(async (wall) => ({ ...wall, dates: await missingDays(deps.db, wall, when) })));
}

/** The same of one wall (`daysWithoutReport`). */
async function missingDays(
  db: Queryable,
  wall: Wall,
  { scheduledAt, now }: { readonly scheduledAt: Date; readonly now: Date },
): Promise<LocalDate[]> {
  const dateOf = (instant: Date) => localDateAt(instant.getTime(), wall.market);
  const [first, reported] = await Promise.all([firstPayment(db, wall), daysRead(db, wall, now)]);
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

/** The days that have a good report and need not be read again now. */
export async function daysRead(
  db: Queryable,
  wall: Wall,
  now: Date,
  date?: LocalDate,
): Promise<ReadonlySet<LocalDate>> {
  const reported = await reportedDays(db, wall, date);
  return new Set([...reported].flatMap(([day, at]) => (isRead(day, wall.market, at, now) ? [day] : [])));
}
