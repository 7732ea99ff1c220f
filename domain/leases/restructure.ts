import { addDays, daysBetween, dueDate, keptDay, type LocalDate } from '../calendar.ts';
import { split } from '../money.ts';
import type { Plan } from '../vehicles/plan.ts';
import { dueDates } from '../vehicles/plan-lines.ts';
import { byDay, daysPaidFor, inTime, isAhead, notBefore, payingFor, sumOfLines } from './days-of-use.ts';
import { levelled, unpaid, type ScheduleLine, type Slot } from './position.ts';
import { spreadAnew } from './spread.ts';

/**
 * A new schedule for what is still owed, over `instalments` lines that begin one period after `today`, or on the day of
 * the oldest line that is not paid where that is later: what was paid ahead stays so.
 * The total price stays, component by component: what is owed is whole units, since cents that payments left are
 * forgiven before (`centsOf`). Lines that are paid stay as they are; one that is paid
 * in part closes at what was paid. What was due by `today` is the first of what is spread.
 *
 * @param unit minor units that lines are rounded to
 * @throws RangeError when there is nothing to spread, less than a unit a line, or no whole number of units.
 */
export function restructured(
  booked: readonly ScheduleLine[],
  {
    instalments,
    today,
    unit,
    ...plan
  }: Pick<Plan, 'instalments' | 'frequency' | 'daysOffPerMonth'> & { readonly today: LocalDate; readonly unit: number },
): ScheduleLine[] {
  const lines = inTime(booked);
  const owed = lines.reduce((sum, line) => sum + unpaid(line), 0);
  if (instalments > mostInstalments(lines, unit))
    throw new RangeError('there is less to pay than a unit for each instalment');
  const amounts = split(
    owed,
    Array.from({ length: instalments }, () => 1),
    unit,
  );
  const dates = datesOf(lines, plan, today, instalments);
  const slots = amounts.map((amount, i) => ({ dueOn: dates[i] ?? today, amount }));
  return notBefore(spreadAnew(lines, slots, { today }), dates[0] ?? today).map((line) =>
    isAhead(line) ? paysLater(line, lines, slots, today) : line,
  );
}

/** What was used as paid ahead pays for the same share of the time that is to come now, and what it paid for after its end comes after the new one. */
function paysLater(line: ScheduleLine, before: readonly ScheduleLine[], slots: readonly Slot[], today: LocalDate) {
  const open = levelled(before).filter((one) => unpaid(one) > 0);
  const toCome = open.filter(({ dueOn }) => dueOn > today).map((one) => ({ dueOn: one.dueOn, amount: unpaid(one) }));
  const [end, last] = [open.at(-1)?.dueOn ?? today, slots.at(-1)?.dueOn ?? today];
  const laterThan = (day: LocalDate): LocalDate => {
    if (day <= today) return day;
    if (day > end || toCome.length === 0) return addDays(day, daysBetween(end, last));
    const share = BigInt(sumOfLines(toCome.filter(({ dueOn }) => dueOn <= day))) * BigInt(sumOfLines(slots));
    let upTo = 0n;
    return slots.find(({ amount }) => (upTo += BigInt(amount)) * BigInt(sumOfLines(toCome)) >= share)?.dueOn ?? last;
  };
  return payingFor(line, byDay(daysPaidFor(line).map((part) => ({ ...part, dueOn: laterThan(part.dueOn) }))));
}

/** The days of the new lines. Months keep the day that the schedule had before a short one. */
function datesOf(
  lines: readonly ScheduleLine[],
  plan: Pick<Plan, 'frequency' | 'daysOffPerMonth'>,
  today: LocalDate,
  count: number,
): LocalDate[] {
  const next = levelled(lines).find((line) => unpaid(line) > 0)?.dueOn ?? today;
  if (next <= dueDate(today, plan.frequency, 1)) return dueDates(plan, today, count);
  const day = keptDay(
    next,
    lines.map((line) => line.dueOn),
  );
  return [next, ...dueDates(plan, next, count - 1, day)];
}

/** No second restructure within so many days but by an admin: arrears would never show. */
export const WATCHED_DAYS = 365;

/** Over how many new lines of at least a unit the unpaid lines can be spread. */
export function mostInstalments(lines: readonly ScheduleLine[], unit: number): number {
  return Math.floor(lines.reduce((sum, line) => sum + unpaid(line), 0) / unit);
}
