import { addDays, dueDate, weekdayOf, type LocalDate } from '../calendar.ts';
import { declining, type PaidBack } from './declining.ts';
import { creditOn, decliningParts, lineComponents } from './price-on-plan.ts';
import type { LineParts, Plan } from './plan.ts';

export type LineTerms = Pick<
  Plan,
  | 'instalments'
  | 'frequency'
  | 'components'
  | 'method'
  | 'annualRatePercent'
  | 'daysOffPerMonth'
  | 'season'
  | 'earnings'
>;

/** What was agreed on beside the plan. Minor units. */
export interface LineSums {
  readonly instalment: number;
  /** Of all lines. */
  readonly total: number;
  /** The price less the subsidy and the deposit: what a declining plan lends. */
  readonly financed: number;
}

/** True on the Sundays of a month that are its days off: the first so many. */
export const isDayOff = (date: LocalDate, daysOffPerMonth: number): boolean =>
  weekdayOf(date) === 0 && Math.ceil(Number(date.slice(8)) / 7) <= daysOffPerMonth;

/** The due dates of `count` lines that begin one period after `start`; those of a daily plan leave its days off out. @param day as `dueDate` */
export function dueDates(
  { frequency, daysOffPerMonth = 0 }: Pick<Plan, 'frequency' | 'daysOffPerMonth'>,
  start: LocalDate,
  count: number,
  day?: number,
): LocalDate[] {
  if (frequency !== 'daily' || daysOffPerMonth === 0)
    return Array.from({ length: count }, (_, i) => dueDate(start, frequency, i + 1, day));
  const dates: LocalDate[] = [];
  for (let date = addDays(start, 1); dates.length < count; date = addDays(date, 1))
    if (!isDayOff(date, daysOffPerMonth)) dates.push(date);
  return dates;
}

/** What each line is made of, in order: it has as many as the plan, or as the customer's earnings make of the total. */
export function partsOfLines(plan: LineTerms, unit: number, start: LocalDate, sums: LineSums): LineParts[] {
  if (plan.method === 'declining') return declinedTo(plan, unit, sums).map((line) => decliningParts(plan, line, unit));
  // Most lines are the same.
  const made = new Map<number, LineParts>();
  return amountsOf(plan, unit, start, sums).map((amount) => {
    const parts = made.get(amount) ?? lineComponents(plan, amount, unit);
    made.set(amount, parts);
    return parts;
  });
}

/**
 * The lines of a credit that sum to what was agreed on. Cents that were forgiven of the deposit since are not lent instead: where
 * what is financed has grown by them, the principal is the one that the total was made of.
 */
function declinedTo(plan: LineTerms, unit: number, { instalment, total, financed }: LineSums): PaidBack[] {
  const credit = creditOn(plan, unit, financed);
  for (let { principal } = credit; ; principal -= unit) {
    const lines = declining({ ...credit, principal }, instalment);
    const sum = lines.reduce((all, line) => all + line.principal + line.interest, 0);
    if (sum <= total || principal <= unit) return lines;
  }
}

function amountsOf(plan: LineTerms, unit: number, start: LocalDate, { instalment, total }: LineSums): number[] {
  const count = plan.earnings?.instalment === undefined ? plan.instalments : Math.ceil(total / instalment);
  const { season } = plan;
  if (season === null || season === undefined)
    return Array.from({ length: count }, (_, i) => Math.min(instalment, total - i * instalment));
  const weights = dueDates(plan, start, count).map((date) => season[String(Number(date.slice(5, 7)))] ?? 100);
  return shared(total, weights, unit);
}

/**
 * `total` over lines by weights, in whole units: one unit for each line, then its share of the rest, rounded down; the last line
 * has what that leaves.
 */
function shared(total: number, weights: readonly number[], unit: number): number[] {
  const all = BigInt(weights.reduce((sum, weight) => sum + weight, 0));
  const rest = BigInt(total / unit - weights.length);
  const amounts = weights.map((weight) => (1 + Number((rest * BigInt(weight)) / all)) * unit);
  const left = total - amounts.reduce((sum, amount) => sum + amount, 0);
  return amounts.map((amount, i) => (i === amounts.length - 1 ? amount + left : amount));
}
