import { daysBetween, dueDate, keptDay, type LocalDate } from '../calendar.ts';
import { dueDates } from '../vehicles/plan-lines.ts';
import type { Plan } from '../vehicles/plan.ts';
import { inTime, moved, movedUse, notBefore } from './days-of-use.ts';
import { levelled, unpaid, type ScheduleLine } from './position.ts';
import { matured } from './settlement.ts';
import { shares, spreadAnew } from './spread.ts';

type Rhythm = Pick<Plan, 'frequency' | 'daysOffPerMonth'>;

/**
 * The schedule of a lease that is late, as of one that is not: every line that is not paid (`levelled`) moves by as
 * many whole periods as bring the oldest of them to a day after `today`, and none to an earlier day than its own.
 * Amounts stay, and the lease ends later: so do the days that were paid for ahead.
 *
 * @throws RangeError where nothing is due
 */
export function reAged(lines: readonly ScheduleLine[], rhythm: Rhythm, today: LocalDate): ScheduleLine[] {
  const level = levelled(lines);
  const open = level.filter((line) => unpaid(line) > 0);
  const [oldest] = open;
  if (oldest === undefined || oldest.dueOn > today) throw new RangeError('nothing is due');
  const day = keptDay(
    oldest.dueOn,
    lines.map((line) => line.dueOn),
  );
  const first = firstAfter(rhythm, oldest.dueOn, today, day);
  const dates = [first, ...dueDates(rhythm, first, open.length - 1, day)];
  let next = 0;
  const aged = matured(lines, today).map((line, i) => {
    if (unpaid(level[i] ?? line) === 0) return movedUse(line, daysBetween(oldest.dueOn, first), today);
    const shifted = dates[next] ?? line.dueOn;
    // A pause that left what was late where it is may have put a later line further off than that.
    const dueOn = shifted > line.dueOn ? shifted : line.dueOn;
    next += 1;
    return moved(line, daysBetween(line.dueOn, dueOn), today);
  });
  return notBefore(aged, first);
}

function firstAfter(rhythm: Rhythm, start: LocalDate, today: LocalDate, day: number): LocalDate {
  if (rhythm.frequency === 'daily') return dueDates(rhythm, today, 1)[0] ?? dueDate(today, 'daily', 1);
  for (let periods = 1; ; periods += 1) {
    const date = dueDate(start, rhythm.frequency, periods, day);
    if (date > today) return date;
  }
}

/**
 * What is owed, over the days that are still to come, in proportion to what was asked for on them: the lease ends when it did. The
 * last line takes what rounding leaves.
 *
 * @param unit minor units that lines are rounded to
 * @throws RangeError where nothing is due, or no day is left to come
 */
export function reAmortised(booked: readonly ScheduleLine[], today: LocalDate, unit: number): ScheduleLine[] {
  const lines = inTime(booked);
  const open = levelled(lines).filter((line) => unpaid(line) > 0);
  const weights = open.filter((line) => line.dueOn > today).map(({ dueOn, amount }) => ({ dueOn, amount }));
  if (weights.length === open.length) throw new RangeError('nothing is due');
  if (weights.length === 0) throw new RangeError('no day is left to come');
  const owed = lines.reduce((sum, line) => sum + unpaid(line), 0);
  const slots = shares(owed, weights, unit);
  return notBefore(spreadAnew(lines, slots, { today }), slots[0]?.dueOn ?? today);
}
