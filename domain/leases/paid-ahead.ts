import type { LocalDate } from '../calendar.ts';
import { byDay, cut, daysPaidFor, inTime, isAhead, payingFor, sumOfLines, usedBy } from './days-of-use.ts';
import { levelled, toCome, type ScheduleLine, type Slot } from './position.ts';
import { owedToCome, shares, spreadAnew } from './spread.ts';

/** What money does that was paid ahead: the last lines are paid by it, or all that are to come are less. */
export const aheadChoices = ['shorter', 'lower'] as const;
export type AheadChoice = (typeof aheadChoices)[number];

/** What was paid of lines to come and has not made the schedule shorter or lower already. Minor units. */
export function paidAhead(lines: readonly ScheduleLine[], today: LocalDate): number {
  return levelled(inTime(lines)).reduce(
    (sum, line) => sum + (line.dueOn > today && !isAhead(line) ? Math.max(0, line.paid - usedBy(line, today)) : 0),
    0,
  );
}

/**
 * Money fills lines in their order, so that who pays ahead has nothing to pay for a while. Instead the next line is due
 * as it was: `shorter` pays the last lines first and leaves the others as they are, `lower` takes as much of every
 * line to come, in proportion. What is not paid stays, and so does its price; all of it together pays for the same use.
 *
 * @param unit minor units that lines are rounded to
 * @throws RangeError where nothing was paid ahead, or nothing is left to pay
 */
export function usedAs(
  choice: AheadChoice,
  booked: readonly ScheduleLine[],
  { today, unit }: { readonly today: LocalDate; readonly unit: number },
): ScheduleLine[] {
  const lines = inTime(booked);
  const { from, due, owed } = owedToCome(lines, today, unit);
  if (owed === 0 || paidAhead(lines, today) === 0) throw new RangeError('nothing was paid ahead');
  const used = paidForUse(lines, today);
  const days = daysOf(toCome(lines, today), used, unit);
  const shared = choice === 'lower' ? shares(owed, days, unit) : firstOf(owed, days);
  const use = byDay(toCome(lines, today).flatMap((line) => (isAhead(line) ? [] : daysPaidFor(line))));
  const [over, unused] = cut(use, used);
  const ahead: Slot[] = over.map((part) => (part.dueOn < today ? part : { ...part, dueOn: today }));
  let left: readonly Slot[] = unused;
  const asked = days.flatMap(({ dueOn, amount: all }) => {
    const amount = shared.find((slot) => slot.dueOn === dueOn)?.amount ?? 0;
    const [its, later] = cut(left, all);
    const [first, rest] = cut(its, amount);
    left = later;
    ahead.push(...rest);
    return amount === 0 ? [] : [payingFor({ dueOn, amount }, first)];
  });
  const paysFor = byDay([...ahead, ...left]);
  const slots = [...due, ...asked];
  // What pays for days before the next one that is due is closed today, so that it is told from what pays for that (`isAhead`).
  const isSooner = paysFor.some(({ dueOn }) => dueOn > today && dueOn <= (slots[0]?.dueOn ?? today));
  return spreadAnew(lines, slots, { today, from, ahead: paysFor, ...(isSooner && { closesOn: today }) });
}

/** What was paid of lines to come for use that is over. Minor units. */
function paidForUse(lines: readonly ScheduleLine[], today: LocalDate): number {
  const paid = levelled(lines).filter((line) => line.dueOn > today && !isAhead(line));
  return sumOfLines(paid.map((line) => ({ amount: Math.min(line.paid, usedBy(line, today)) })));
}

/** The days to come with what was asked for on each; not what has been used so before, nor what is paid for use that is over. */
function daysOf(lines: readonly ScheduleLine[], used: number, unit: number): Slot[] {
  const [, asked] = cut(byDay(lines.filter((line) => !isAhead(line))), used);
  return asked.flatMap(({ dueOn, amount }) => (amount < unit ? [] : [{ dueOn, amount: amount - (amount % unit) }]));
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
