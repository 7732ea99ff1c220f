import type { Market } from '../markets.ts';
import { marketRules } from '../markets.ts';

/** The ways in which people change a schedule, other than by a pause. */
const scheduleChanges = ['due_day', 'frequency', 'paid_ahead', 'restructure', 're_age', 're_amortise'] as const;
export type ScheduleChange = (typeof scheduleChanges)[number];

/** Days for which a customer may have undone what staff have made him pay more each time by. */
export const OBJECTION_DAYS = 14;

/** Those that an agent makes of arrears, and may undo. */
export const workouts = ['restructure', 're_age', 're_amortise'] as const satisfies readonly ScheduleChange[];
export const isWorkout = (kind: ScheduleChange): boolean => workouts.some((one) => one === kind);

/**
 * By how many days anything may be due later than the use that it pays for (`daysPutOff`), by all that its customer changes
 * by himself. A lease of a month's instalments is a month behind its use, so that every frequency and day can be had.
 */
export const MOST_DAYS_PUT_OFF = 31;

/** How often within 365 days a lease may be changed so, by the rules of its market; null is however often. */
export function mostAYear(kind: ScheduleChange, market: Market): number | null {
  const { dueDay, frequency } = marketRules(market).changesAYear;
  return kind === 'due_day' ? dueDay : kind === 'frequency' ? frequency : null;
}
