import { and, asc, eq, gte, lte } from 'drizzle-orm';
import type { LocalDate } from '#domain/calendar';
import type { Market } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { holidays } from '../schema/index.ts';

export type EnteredHoliday = typeof holidays.$inferSelect;

/** What operators have entered for days from `from` to `to`, both included, in order. */
export function listHolidays(
  db: Queryable,
  { market, from, to }: { readonly market: Market; readonly from: LocalDate; readonly to: LocalDate },
): Promise<EnteredHoliday[]> {
  return db
    .select()
    .from(holidays)
    .where(and(eq(holidays.market, market), gte(holidays.date, from), lte(holidays.date, to)))
    .orderBy(asc(holidays.date));
}

export async function findHoliday(db: Queryable, id: string): Promise<EnteredHoliday | undefined> {
  const [row] = await db.select().from(holidays).where(eq(holidays.id, id));
  return row;
}
