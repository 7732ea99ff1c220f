import { listHolidays } from '#db/queries/calendars';
import type { Queryable } from '#db/client';
import { addBusinessDays, addDays, localDate, localDateAt } from '#domain/calendar';
import type { Market } from '#domain/markets';

/** Days of the calendar that one business day takes at most, feasts and weekends in a row included. */
const LONGEST = 14;

/**
 * When `days` business days of the market will have passed since `from` (epoch milliseconds), by its law and
 * by what operators have entered until now.
 */
export async function businessDeadline(
  db: Queryable,
  { from, days, market }: { readonly from: number; readonly days: number; readonly market: Market },
): Promise<number> {
  const first = localDateAt(from, market);
  const entered = await listHolidays(db, { market, from: first, to: addDays(first, days * LONGEST) });
  return addBusinessDays(from, days, market, new Set(entered.map(({ date }) => localDate(date))));
}
