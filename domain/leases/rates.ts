import { periodsPerYear } from '../vehicles/declining.ts';
import type { Frequency } from '../vehicles/plan.ts';

/** What is paid at the end of so many periods after the vehicle was handed over. Minor units. */
export interface Flow {
  readonly period: number;
  readonly amount: number;
}

/** Percent a year with two decimals; null where it is above `MOST_PERCENT`, which says no more than that it is too much. */
export interface AnnualRates {
  /** What a year costs with interest on interest. */
  readonly eu: number | null;
  /** The rate of a period times the periods of a year. */
  readonly us: number | null;
}

/** Beyond it no rate is told. */
export const MOST_PERCENT = 10_000;

/**
 * The annual rate of a credit of `advance` that `flows` pay back, by two formulas:
 *
 * - EU, effective: the X of Directive 2008/48/EC annex I, repealed and carried on by 2023/2225 annex III:
 *   Σ amount × (1 + X)^−(period ÷ periods of a year) = advance.
 * - US, nominal: Regulation Z, 12 CFR 1026 appendix J (b)(1), actuarial method: the rate of a unit-period that makes the same sum
 *   equal, times the unit-periods of a year.
 *
 * Rounded half up at the second decimal (the annex asks for one at least). Floats only guess; each rate is then decided by
 * sums of integers with forty-two digits, and nothing below zero is told.
 *
 * @param advance the price less what is paid at once; above zero. Minor units
 * @param flows in order of their periods
 */
export function annualRates(advance: number, flows: readonly Flow[], frequency: Frequency): AnnualRates {
  const perYear = periodsPerYear[frequency];
  const guess = guessed(advance, flows);
  const isWorth = (discount: bigint) => presentValue(flows, discount) >= BigInt(advance) * ONE;
  return {
    eu: decided(((1 + guess) ** perYear - 1) * 10_000, (points) => isWorth(rootOf(...halfPoint(points), perYear))),
    us: decided(guess * perYear * 10_000, (points) => {
      const [over, under] = halfPoint(points);
      return isWorth(ceilDivide(ONE * under * BigInt(perYear), under * BigInt(perYear) + over - under));
    }),
  };
}

/** 1 in fixed point. */
const BITS = 140n;
const ONE = 1n << BITS;

/** 1 plus the yearly rate that lies half a hundredth of a percent below `points` of them, as a fraction. */
const halfPoint = (points: number): readonly [bigint, bigint] => [20_000n + BigInt(2 * points - 1), 20_000n];

/** The most hundredths of a percent of which `reaches` says that the rate rounds to them or more, sought from a guess. */
function decided(guess: number, reaches: (points: number) => boolean): number | null {
  const most = MOST_PERCENT * 100;
  let [low, high] = [0, most + 2];
  const near = Math.min(most, Math.max(0, Math.round(Number.isNaN(guess) ? most : guess)));
  for (const points of [near, near + 1, near - 1]) {
    if (points <= low || points >= high) continue;
    if (reaches(points)) low = points;
    else high = points;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reaches(middle)) low = middle;
    else high = middle;
  }
  return low > most ? null : low / 100;
}

/** What the flows are worth today, at so much for one of a period later; rounded up. */
function presentValue(flows: readonly Flow[], discount: bigint): bigint {
  let worth = 0n;
  for (const [gap, amount] of backwards(flows)) {
    worth += BigInt(amount) << BITS;
    for (let left = gap; left > 0; left -= 1) worth = (worth * discount + ONE - 1n) >> BITS;
  }
  return worth;
}

/** The flows from the last one on, each with the periods since the one before. */
const backwards = (flows: readonly Flow[]): (readonly [gap: number, amount: number])[] =>
  flows.map(({ period, amount }, i) => [period - (flows[i - 1]?.period ?? 0), amount] as const).toReversed();

/** (under ÷ over) to the power of 1 ÷ `degree`, by Newton's steps from a float. */
function rootOf(over: bigint, under: bigint, degree: number): bigint {
  const wanted = (ONE * under) / over;
  const times = BigInt(degree);
  let root = BigInt(Math.round((Number(under) / Number(over)) ** (1 / degree) * 2 ** 52)) << (BITS - 52n);
  for (let step = 0; step < 3; step += 1) {
    const rest = power(root, degree - 1);
    root = (root * (times - 1n) + (wanted * ONE) / rest) / times;
  }
  return root + 1n;
}

function power(base: bigint, exponent: number): bigint {
  let [result, square] = [ONE, base];
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = (result * square) >> BITS;
    square = (square * square) >> BITS;
  }
  return result;
}

const ceilDivide = (of: bigint, by: bigint) => (of + by - 1n) / by;

/** The rate of a period, about. */
function guessed(advance: number, flows: readonly Flow[]): number {
  const inOrder = backwards(flows);
  const worth = (rate: number) => {
    const discount = 1 / (1 + rate);
    let sum = 0;
    for (const [gap, amount] of inOrder) sum = (sum + amount) * (gap === 1 ? discount : discount ** gap);
    return sum;
  };
  let [low, high] = [0, 1];
  while (worth(high) > advance && high < 1e6) [low, high] = [high, high * 2];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (worth(middle) > advance) low = middle;
    else high = middle;
  }
  return low;
}
