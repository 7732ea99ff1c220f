import type { Plan } from '../vehicles/plan.ts';
import { daysOf } from './pause.ts';

export const hardshipReasons = ['illness', 'lost_work', 'bereavement', 'disaster', 'family', 'other'] as const;
export type HardshipReason = (typeof hardshipReasons)[number];

export const hardshipDecisions = ['granted', 'declined'] as const;

/** Days of relief within 365 where the plan says nothing of it. */
export const HARDSHIP_DAYS = 60;

/** Requests of a customer that may be declined within 365 days: after that staff ask for him. */
export const MOST_DECLINED = 3;

/** Days of relief that a plan gives in 365; null where it gives none. */
export function hardshipDaysOf({ hardshipDays }: Pick<Plan, 'hardshipDays'>): number | null {
  return hardshipDays === undefined ? HARDSHIP_DAYS : hardshipDays;
}

type Taken = Parameters<typeof daysOf>[0];

/**
 * Why so many days of relief are not granted, or null.
 *
 * @param taken relief within the last 365 days
 */
export function refuseRelief(
  { days, taken }: { readonly days: number; readonly taken: readonly Taken[] },
  plan: Pick<Plan, 'hardshipDays'>,
): string | null {
  const most = hardshipDaysOf(plan);
  if (most === null) return 'the plan of the lease gives no relief: an agent looks for another way';
  const before = taken.reduce((sum, one) => sum + daysOf(one), 0);
  if (before + days <= most) return null;
  return `the plan gives at most ${most} days in a year; ${before} are taken`;
}
