import type { LocalDate } from '../calendar.ts';
import { levelled, toCome, type ScheduleLine } from './position.ts';
import { owedToCome, shares, spreadAnew, type Slot } from './spread.ts';

/** What money does that was paid ahead: the last lines are paid by it, or all that are to come are less. */
export const aheadChoices = ['shorter', 'lower'] as const;
export type AheadChoice = (typeof aheadChoices)[number];

/** What was paid of lines to come and has not made the schedule shorter or lower already. Minor units. */
export function paidAhead(lines: readonly ScheduleLine[], today: LocalDate): number {
  return levelled(lines).reduce(
    (sum, line) => sum + (line.dueOn > today && line.pays == null ? Math.max(0, line.paid - line.matured) : 0),
    0,
  );
}

/**
 * Money fills lines in their order, so that who pays ahead has nothing to pay for a while. Instead the next line is due
 * as it was: `shorter` pays the last lines first and leaves the others as they are, `lower` takes as much of every
 * line to come, in proportion. What is not paid stays, and so does its price.
 *
 * @param unit minor units that lines are rounded to
 * @throws RangeError where nothing was paid ahead, or nothing is left to pay
 */
export function usedAs(
  choice: AheadChoice,
  lines: readonly ScheduleLine[],
  { today, unit }: { readonly today: LocalDate; readonly unit: number },
): ScheduleLine[] {
  const { from, due, owed } = owedToCome(lines, today, unit);
  if (owed === 0 || paidAhead(lines, today) === 0) throw new RangeError('nothing was paid ahead');
  const days = daysOf(toCome(lines, today), unit);
  const slots = choice === 'lower' ? shares(owed, days, unit) : firstOf(owed, days);
  const until = days.at(-1)?.dueOn ?? today;
  const begin = choice === 'lower' ? today : (slots.at(-1)?.dueOn ?? today);
  return spreadAnew(lines, [...due, ...slots], { today, from, pays: { from: begin, until } });
}

/** The days to come with what was asked for on each; not what has been used so before. */
function daysOf(lines: readonly ScheduleLine[], unit: number): Slot[] {
  const sums = new Map<LocalDate, number>();
  for (const { dueOn, amount, pays } of lines) sums.set(dueOn, (sums.get(dueOn) ?? 0) + (pays == null ? amount : 0));
  return [...sums].flatMap(([dueOn, sum]) => (sum < unit ? [] : [{ dueOn, amount: sum - (sum % unit) }]));
}

/** As many days as `owed` takes, from the first on; the last of them may have less, or what was rounded. */
function firstOf(owed: number, days: readonly Slot[]): Slot[] {
  let left = owed;
  return days.flatMap(({ dueOn, amount }, i) => {
    const taken = i === days.length - 1 ? left : Math.min(left, amount);
    left -= taken;
    return taken === 0 ? [] : [{ dueOn, amount: taken }];
  });
}
