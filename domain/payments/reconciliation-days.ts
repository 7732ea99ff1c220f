import { addDays, daysBetween, instantOf, localDateAt, type LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';

/** A statement is asked for again on so many days, yesterday the first. */
const DAYS = 31;

/** Hours after a day's end: a charge of its last minute has settled by then (an hour at most), and its statement does not lag any more. */
const COMPLETE_AFTER = 2;

/** Mornings on which a day's statement is read, the one after the day the first: lines join it later. */
const READ_ON = 3;

/** Whether a day's statement, which was read as a whole at `lastRead`, need not be read now: it was today, or is too old. */
export function isRead(date: LocalDate, market: Market, lastRead: Date, now: Date): boolean {
  const today = localDateAt(now.getTime(), market);
  return daysBetween(date, today) > READ_ON || localDateAt(lastRead.getTime(), market) >= today;
}

/** Mornings after which a person may take a statement that lacks something as it is. */
const ACCEPTED_AFTER = 3;

/** Whether a day's statement has had days to become complete: three mornings, the one after the day the first. */
export function isLongOver(date: LocalDate, market: Market, at: Date): boolean {
  return at.getTime() >= instantOf(addDays(date, ACCEPTED_AFTER), COMPLETE_AFTER, market);
}

/** Whether what was asked at an instant was told of a day of the market's wall as a whole. */
export function isComplete(date: LocalDate, market: Market, askedAt: Date): boolean {
  return askedAt.getTime() >= instantOf(addDays(date, 1), COMPLETE_AFTER, market);
}

/** A statement of a day as it was read: when at the latest, and the time of the last of its lines that the books have; null where they have none. */
export interface Reading {
  readonly at: Date;
  readonly until: Date | null;
}

/** Hours between two readings of a statement that ends too early, which are of two days besides: what cut the one short is over by then. */
const HOURS_APART = 6;

/**
 * Whether what a day's statement does not list was not made. It vouches for what lies before the last of its lines that the
 * books have; after that it may be a file that is not filled yet, wholly where it has no such line, and is believed when a
 * later morning finds it so again.
 *
 * @param readings of the day in one market, in whatever order
 * @param madeBy until when it was made if it was: epoch milliseconds
 */
export function isTrusted(date: LocalDate, market: Market, readings: readonly Reading[], madeBy: number): boolean {
  if (readings.some(({ until }) => until !== null && until.getTime() > madeBy)) return true;
  const times = readings.map(({ at }) => at.getTime()).filter((at) => isComplete(date, market, new Date(at)));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const isOfAnotherDay = times.length > 0 && localDateAt(first, market) < localDateAt(last, market);
  return isOfAnotherDay && last - first >= HOURS_APART * 3_600_000;
}

/**
 * The days to reconcile, oldest first: those that are not reported since `first`, on which the first payment was
 * made, up to `yesterday`, and not more than a month of them; and the day of which it is the turn by schedule,
 * which a backfill may have named from long ago. Dates are of one wall.
 */
export function daysWithoutReport({
  first,
  scheduled,
  yesterday,
  reported,
}: {
  /** Null before any payment. */
  readonly first: LocalDate | null;
  readonly scheduled: LocalDate;
  readonly yesterday: LocalDate;
  /** Those that have a good report, and are not read again (`isRead`). */
  readonly reported: ReadonlySet<LocalDate>;
}): LocalDate[] {
  const oldest = addDays(yesterday, 1 - DAYS);
  const begin = [first ?? yesterday, scheduled].toSorted()[0] ?? yesterday;
  const from = begin < oldest ? oldest : begin;
  const recent = Array.from({ length: Math.max(0, daysBetween(from, yesterday) + 1) }, (_, i) => addDays(from, i));
  const wanted = scheduled <= yesterday ? [scheduled, ...recent] : recent;
  return [...new Set(wanted)].filter((date) => !reported.has(date)).toSorted();
}
