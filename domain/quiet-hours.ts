import { addDays, instantOf, localDateAt, localHourAt } from './calendar.ts';
import type { Market } from './markets.ts';

/** Local hours (0–23) without prompts or reminders: from the first, until the second; over midnight when `from` is later. */
export interface QuietHours {
  readonly from: number;
  readonly until: number;
}

/** Prompts are sent at these local hours: after the morning's first rides, at lunch, in the evening. */
export const promptHours = [8, 13, 18] as const;

/** Nobody is prompted at night, whatever was wished for. */
export const night: QuietHours = { from: 21, until: 7 };

/** So long after a prompt its customer still has the phone in his hand, milliseconds. */
export const AT_IT_MS = 3_600_000;

/** The instant itself, or the end of the quiet hours that it falls into; the night is always quiet. */
export function afterQuietHours(instant: number, wish: QuietHours | null, market: Market): number {
  const quiet = (at: number) => [night, wish].find((hours) => hours !== null && within(localHourAt(at, market), hours));
  let at = instant;
  // Two windows: what is outside one may be inside the other. A wish that leaves no hour is refused when it is made.
  for (let hours = quiet(at), turns = 0; hours && turns < 3; hours = quiet(at), turns += 1) {
    const today = localDateAt(at, market);
    const ends = instantOf(today, hours.until, market);
    at = ends > at ? ends : instantOf(addDays(today, 1), hours.until, market);
  }
  return at;
}

/** When quiet hours begin next, after an instant by day: the night's, or those of a wish. */
export function quietFrom(instant: number, wish: QuietHours | null, market: Market): number {
  const today = localDateAt(instant, market);
  const begins = [night, wish].flatMap((hours) => {
    if (hours === null || hours.from === hours.until) return [];
    const at = instantOf(today, hours.from, market);
    return at > instant ? at : instantOf(addDays(today, 1), hours.from, market);
  });
  return Math.min(...begins);
}

/**
 * When a phone may ring, at or after `now`: at once by day, and in the night in which the customer asked for it.
 *
 * @param asked the instant at which he did; null for what comes about by itself
 */
export function ringsAt(now: number, asked: number | null, wish: QuietHours | null, market: Market): number {
  const ends = afterQuietHours(now, wish, market);
  return asked !== null && afterQuietHours(asked, wish, market) === ends ? now : ends;
}

/** Hours of a day in which a prompt may be sent. */
export function hoursLeft(wish: QuietHours): number {
  return Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => !within(hour, night) && !within(hour, wish))
    .length;
}

function within(hour: number, { from, until }: QuietHours): boolean {
  return from <= until ? hour >= from && hour < until : hour >= from || hour < until;
}
