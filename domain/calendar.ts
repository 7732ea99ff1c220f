import { Temporal } from 'temporal-polyfill';
import { fixedHolidays, holidaysOf } from './holidays.ts';
import { marketRules, type Market } from './markets.ts';
import type { LocalDate } from './local-date.ts';
import type { Frequency } from './vehicles/plan.ts';

/**
 * Calendar days and hours of a market. Instants are epoch milliseconds, UTC; a local date is
 * `YYYY-MM-DD` in the market's time zone. Nothing here asks a clock.
 */
export type { LocalDate } from './local-date.ts';

/** @throws RangeError when `text` is not a date of the calendar. */
export function localDate(text: string): LocalDate {
  return dayOf(Temporal.PlainDate.from(text));
}

const dayOf = (date: Temporal.PlainDate) => date.toString() as LocalDate;

/** First and last of the instants that are taken: Postgres has no year 0, and ISO 8601 writes years of four digits. */
const [EARLIEST, LATEST] = [Date.UTC(1900, 0), Date.UTC(9999, 11, 31, 23, 59, 59, 999)];

/** Whether an instant is in the years 1900 to 9999 of UTC; what is no number is not. */
export const isKnownInstant = (instant: number): boolean => instant >= EARLIEST && instant <= LATEST;

/** The date that a wall calendar in the market shows at `instant`. */
export function localDateAt(instant: number, market: Market): LocalDate {
  return dateOfQuarter(quarterOf(instant, market), () => dayOf(zoned(instant, market).toPlainDate()));
}

/** The hour (0–23) that a wall clock in the market shows at `instant`. */
export function localHourAt(instant: number, market: Market): number {
  return hourOfQuarter(quarterOf(instant, market), () => zoned(instant, market).hour);
}

/** The instant of `hour` o'clock, local time, on that date. */
export function instantOf(date: LocalDate, hour: number, market: Market): number {
  return instantOfHour(`${market}${date}${hour}`, () => {
    const plainTime = Temporal.PlainTime.from({ hour });
    const { timeZone } = marketRules(market);
    return Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
  });
}

/** The zone is asked once for each quarter of an hour: no clock in use differs from UTC by less. */
const quarterOf = (instant: number, market: Market) => `${market}${Math.floor(instant / 900_000)}`;

/** Zones are dear to ask, dearest in a workflow: what was asked before is remembered. */
function remembering<T>() {
  const known = new Map<string, T>();
  return (key: string, find: () => T): T => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = find();
    if (known.size >= 1_000) known.clear();
    known.set(key, found);
    return found;
  };
}

const dateOfQuarter = remembering<LocalDate>();
const hourOfQuarter = remembering<number>();
const instantOfHour = remembering<number>();

/** By days of UTC, which has no other: a schedule has a thousand of them. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return localDateOf(Date.parse(date) + days * DAY);
}

const DAY = 86_400_000;
const localDateOf = (utc: number) => new Date(utc).toISOString().slice(0, 10) as LocalDate;

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return (Date.parse(to) - Date.parse(from)) / DAY;
}

/** The day of the month that a schedule keeps where one of its lines is on `date`: on a month's last day it may be a later one of `known`. */
export function keptDay(date: LocalDate, known: readonly LocalDate[]): number {
  const isLast = addDays(date, 1).endsWith('-01');
  return Math.max(...[date, ...(isLast ? known : [])].map((one) => Temporal.PlainDate.from(one).day));
}

/**
 * The due date of instalment `number` (from 1) of a schedule that begins on `start`. Months keep the
 * day of the start, shortened to the month's last: 31 January, 28 February, 31 March.
 *
 * @param day of the month that is kept, where `start` is a shortened one
 */
export function dueDate(start: LocalDate, frequency: Frequency, number: number, day?: number): LocalDate {
  switch (frequency) {
    case 'daily':
      return addDays(start, number);
    case 'weekly':
      return addDays(start, 7 * number);
    case 'monthly': {
      const first = Temporal.PlainDate.from(start);
      return dayOf(first.add({ months: number }).with({ day: day ?? first.day }));
    }
  }
}

/** 0 is Sunday. */
export function weekdayOf(date: LocalDate): number {
  return new Date(date).getUTCDay();
}

const none: ReadonlySet<LocalDate> = new Set();

/** True when offices of the market work on that day. @param entered holidays that an operator has entered */
export function isBusinessDay(date: LocalDate, market: Market, entered = none): boolean {
  if (isRestDay(date, market) || entered.has(date)) return false;
  return holidaysOf(market, Number(date.slice(0, 4))).every((holiday) => holiday.date !== date);
}

/** The business day before a date. */
export function businessDayBefore(date: LocalDate, market: Market, entered = none): LocalDate {
  let before = addDays(date, -1);
  while (!isBusinessDay(before, market, entered)) before = addDays(before, -1);
  return before;
}

/** True on the days of the week on which offices are closed. */
function isRestDay(date: LocalDate, market: Market): boolean {
  return marketRules(market).restDays.includes(weekdayOf(date));
}

/** The instant at which `days` business days have passed since `instant`: the end of an agent's deadline. */
export function addBusinessDays(instant: number, days: number, market: Market, entered = none): number {
  return pass(instant, days, market, (date) => isBusinessDay(date, market, entered));
}

/**
 * The same by dates of every year alone, as deadlines were counted before holidays moved: what workflows of
 * then began with stays as it is.
 */
export function addDaysOfFixedCalendar(instant: number, days: number, market: Market): number {
  const fixed = fixedHolidays(market);
  return pass(instant, days, market, (date) => !isRestDay(date, market) && !fixed.includes(date.slice(5)));
}

function pass(instant: number, days: number, market: Market, counts: (date: LocalDate) => boolean): number {
  let at = zoned(instant, market);
  for (let left = days; left > 0;) {
    at = at.add({ days: 1 });
    if (counts(dayOf(at.toPlainDate()))) left -= 1;
  }
  return at.epochMilliseconds;
}

function zoned(instant: number, market: Market): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(marketRules(market).timeZone);
}

/** Business days of the market, counted from an instant in epoch milliseconds. */
export interface BusinessDays {
  readonly from: number;
  readonly days: number;
  readonly market: Market;
}
