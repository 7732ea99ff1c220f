import { owedOf, type Position, type ScheduleLine } from './position.ts';

/** Of what a customer was to pay next, or is used to pay on a day. A zero too many is ten of them. */
const USUAL = 3;

/**
 * Whether cash all but ends a lease and is far more than its customer was to pay next, what is due and the line after it, and than
 * he has paid on a day more than once lately, as who pays each week's days of a daily plan does: rarely anybody pays so much ahead at once, more
 * often somebody has slipped by a zero.
 *
 * @param cash.amount minor units
 * @param cash.left all that is owed after it; what one more payment ends counts as nothing
 * @param cash.habit the most that was paid on each of two days before
 */
export function isFarAhead(
  before: Position,
  lines: readonly ScheduleLine[],
  { amount, left, habit }: { readonly amount: number; readonly left: number; readonly habit: number },
): boolean {
  const next = lines.find(({ number }) => number === before.nextDue?.number);
  const usual = Math.max(habit, before.depositDue + before.feesDue + before.dueNow + (next?.amount ?? 0));
  return owedOf(before) > 0 && amount > USUAL * usual && left <= usual;
}
