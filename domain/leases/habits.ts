import { localDateAt, localHourAt, weekdayOf } from '../calendar.ts';
import type { Market } from '../markets.ts';

/**
 * How often a customer paid when asked at an hour, and on a weekday: `[asked, paid]` by local hour and by
 * weekday (0 is Sunday). Old prompts fade, so that `paid` is no whole number for ever.
 */
export interface Habits {
  readonly hours: Readonly<Record<string, readonly [number, number]>>;
  readonly weekdays: Readonly<Record<string, readonly [number, number]>>;
}

export const noHabits: Habits = { hours: {}, weekdays: {} };

/**
 * Old habits fade: an hour or weekday remembers about so many prompts, and with each further one forgets as
 * much as it learns, so that last month outweighs last year.
 */
const MEMORY = 32;

/** What was learnt from one prompt, or from a payment that the customer made by himself (asked and paid). */
export function learn(habits: Habits, instant: number, market: Market, paid: boolean): Habits {
  return {
    hours: count(habits.hours, String(localHourAt(instant, market)), paid),
    weekdays: count(habits.weekdays, String(weekdayOf(localDateAt(instant, market))), paid),
  };
}

/**
 * How likely a prompt at that instant is paid, between 0 and 1: the product of the hour's and the weekday's
 * success rates, each smoothed by Laplace's rule of succession, so that what was never tried counts as even.
 */
export function likelihood(habits: Habits, instant: number, market: Market): number {
  return (
    rate(habits.hours[String(localHourAt(instant, market))]) *
    rate(habits.weekdays[String(weekdayOf(localDateAt(instant, market)))])
  );
}

const rate = ([asked, paid]: readonly [number, number] = [0, 0]) => (paid + 1) / (asked + 2);

function count(of: Habits['hours'], key: string, paid: boolean): Habits['hours'] {
  const [asked, succeeded] = of[key] ?? [0, 0];
  if (asked < MEMORY) return { ...of, [key]: [asked + 1, succeeded + (paid ? 1 : 0)] };
  // Thousandths keep the state of a lease short.
  const kept = Math.round((succeeded * 1000 * (MEMORY - 1)) / MEMORY) / 1000;
  return { ...of, [key]: [MEMORY, kept + (paid ? 1 : 0)] };
}
