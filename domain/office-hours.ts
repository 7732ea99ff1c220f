import { addDays, instantOf, isBusinessDay, localDateAt, type LocalDate } from './calendar.ts';
import { marketRules, type Market } from './markets.ts';

/**
 * Time in which the offices of a market work: its hours on business days, several intervals a day. Instants are epoch
 * milliseconds, UTC; durations are milliseconds of office time. No clock.
 */

const MINUTE = 60_000;
const none: ReadonlySet<LocalDate> = new Set();

/**
 * The instant at which so much office time has passed since `from`. With nothing left to pass it is `from`, or the next
 * opening where offices are closed then.
 *
 * @param entered holidays that an operator has entered
 */
export function addOfficeTime(from: number, duration: number, market: Market, entered = none): number {
  let left = duration;
  for (const [opens, closes] of openings(from, market, entered)) {
    const begins = Math.max(opens, from);
    if (left <= closes - begins) return begins + left;
    left -= closes - begins;
  }
  throw new RangeError('offices never open again');
}

/** Office time from one instant to a later one; 0 where `to` is not later. */
export function officeTimeBetween(from: number, to: number, market: Market, entered = none): number {
  let passed = 0;
  for (const [opens, closes] of openings(from, market, entered)) {
    if (opens >= to) break;
    passed += Math.max(0, Math.min(closes, to) - Math.max(opens, from));
  }
  return passed;
}

/** What is open from an instant on: intervals that end after it, in order, without end. */
function* openings(from: number, market: Market, entered: ReadonlySet<LocalDate>): Generator<[number, number]> {
  const { officeHours } = marketRules(market);
  for (let date = localDateAt(from, market); ; date = addDays(date, 1)) {
    if (!isBusinessDay(date, market, entered)) continue;
    // Clocks of these markets are never changed, so that a day's minutes count from its midnight.
    const midnight = instantOf(date, 0, market);
    for (const [opens, closes] of officeHours) {
      const ends = midnight + minuteOf(closes) * MINUTE;
      if (ends > from) yield [midnight + minuteOf(opens) * MINUTE, ends];
    }
  }
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
