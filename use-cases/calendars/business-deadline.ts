import { listHolidays } from '#db/queries/calendars';
import type { Queryable } from '#db/client';
import { addBusinessDays, addDays, businessDayBefore, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import type { Market } from '#domain/markets';

/** Days of the calendar that one business day takes at most, feasts and weekends in a row included. */
const LONGEST = 14;
const YEAR = 366;

/**
 * When `days` business days of the market will have passed since `from` (epoch milliseconds), by its law and
 * by what operators have entered until now.
 */
export async function businessDeadline(
  db: Queryable,
  { from, days, market }: { readonly from: number; readonly days: number; readonly market: Market },
): Promise<number> {
  const first = localDateAt(from, market);
  return addBusinessDays(from, days, market, await entered(db, market, first, addDays(first, days * LONGEST)));
}

/** The business day before `date`, by the market's law and by what operators have entered until now. */
export async function lastBusinessDay(db: Queryable, date: LocalDate, market: Market): Promise<LocalDate> {
  return businessDayBefore(date, market, await entered(db, market, addDays(date, -LONGEST), date));
}

/** What operators have entered until now for the year from an instant (epoch milliseconds) on. */
export function enteredSince(db: Queryable, market: Market, from: number): Promise<ReadonlySet<LocalDate>> {
  const first = localDateAt(from, market);
  return entered(db, market, first, addDays(first, YEAR));
}

async function entered(db: Queryable, market: Market, from: LocalDate, to: LocalDate): Promise<ReadonlySet<LocalDate>> {
  const rows = await listHolidays(db, { market, from, to });
  return new Set(rows.map(({ date }) => localDate(date)));
}
