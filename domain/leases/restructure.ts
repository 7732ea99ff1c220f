import { dueDate, keptDay, type LocalDate } from '../calendar.ts';
import { split } from '../money.ts';
import { unfilled } from './allocation.ts';
import { lineParts, type LinePart, type LineParts, type Plan } from '../vehicles/plan.ts';
import { dueDates } from '../vehicles/plan-lines.ts';
import { levelled, unpaid, type ScheduleLine } from './position.ts';
import { unpaidMatured } from './settlement.ts';

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
  lines: readonly ScheduleLine[],
  {
    instalments,
    today,
    unit,
    ...plan
  }: Pick<Plan, 'instalments' | 'frequency' | 'daysOffPerMonth'> & { readonly today: LocalDate; readonly unit: number },
): ScheduleLine[] {
  const kept = lines.filter((line) => line.paid + line.waived > 0).map(closed);
  const owed = lines.reduce((sum, line) => sum + unpaid(line), 0);
  if (instalments > mostInstalments(lines, unit))
    throw new RangeError('there is less to pay than a unit for each instalment');
  const amounts = split(
    owed,
    Array.from({ length: instalments }, () => 1),
    unit,
  );
  const parts = spread(unfilled(lines), amounts);
  const last = kept.at(-1)?.number ?? 0;
  let due = levelled(lines).reduce((sum, line) => sum + unpaidMatured(line, today), 0);
  const dates = datesOf(lines, plan, today, instalments);
  const anew = parts.map((of, i) => {
    const amount = sumOf(of);
    const matured = Math.min(due, amount);
    due -= matured;
    return {
      number: last + i + 1,
      dueOn: dates[i] ?? today,
      amount,
      paid: 0,
      waived: 0,
      components: of,
      filled: {},
      matured,
      feeChargedOn: null,
    };
  });
  return [...kept, ...anew];
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

/** A line that ends with what was paid of it. */
function closed(line: ScheduleLine): ScheduleLine {
  return unpaid(line) === 0
    ? line
    : {
        ...line,
        amount: line.paid + line.waived,
        components: line.filled,
        matured: Math.min(line.matured, line.paid + line.waived),
      };
}

/**
 * Splits component totals over lines of given sizes, in proportion, nothing lost: after each line every
 * component has had its share of what was handed out so far, rounded down, and the units that are left of
 * the line go to those that are furthest behind.
 *
 * @param totals sum to the same as `sizes`
 */
function spread(totals: ReadonlyMap<LinePart, number>, sizes: readonly number[]): Partial<Record<LinePart, number>>[] {
  const whole = BigInt(sizes.reduce((sum, size) => sum + size, 0));
  const names = lineParts.filter((name) => (totals.get(name) ?? 0) > 0);
  const given = new Map<LinePart, number>();
  let upTo = 0n;
  return sizes.map((size) => {
    upTo += BigInt(size);
    const share = (name: LinePart) => BigInt(totals.get(name) ?? 0) * upTo;
    const behind = (name: LinePart) => share(name) - BigInt(given.get(name) ?? 0) * whole;
    const line: Partial<Record<LinePart, number>> = {};
    let left = size;
    const give = (name: LinePart, amount: number) => {
      if (amount <= 0) return;
      given.set(name, (given.get(name) ?? 0) + amount);
      line[name] = (line[name] ?? 0) + amount;
      left -= amount;
    };
    for (const name of names) give(name, Math.min(left, Number(share(name) / whole) - (given.get(name) ?? 0)));
    while (left > 0)
      give(
        names.reduce((a, b) => (behind(b) > behind(a) ? b : a)),
        1,
      );
    return line;
  });
}

const sumOf = (of: LineParts) => Object.values(of).reduce((sum, amount) => sum + amount, 0);
