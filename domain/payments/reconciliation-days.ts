import { addDays, daysBetween, instantOf, type LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';

/** A statement is asked for again on so many days, yesterday the first. */
const DAYS = 31;

/** Hours after a day's end: a charge of its last minute has settled by then (an hour at most), and its statement does not lag any more. */
const COMPLETE_AFTER = 2;

/** Whether what was asked at an instant was told of a day of the market's wall as a whole. */
export function isComplete(date: LocalDate, market: Market, askedAt: Date): boolean {
  return askedAt.getTime() >= instantOf(addDays(date, 1), COMPLETE_AFTER, market);
}

/**
 * The days to reconcile, oldest first: those that have no report since `first`, on which the first payment was
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
  readonly reported: ReadonlySet<LocalDate>;
}): LocalDate[] {
  const oldest = addDays(yesterday, 1 - DAYS);
  const begin = [first ?? yesterday, scheduled].toSorted()[0] ?? yesterday;
  const from = begin < oldest ? oldest : begin;
  const recent = Array.from({ length: Math.max(0, daysBetween(from, yesterday) + 1) }, (_, i) => addDays(from, i));
  const wanted = scheduled <= yesterday ? [scheduled, ...recent] : recent;
  return [...new Set(wanted)].filter((date) => !reported.has(date)).toSorted();
}
