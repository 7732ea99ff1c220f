import type { Frequency } from './plan.ts';

/** A credit that equal instalments pay back. */
export interface Credit {
  /** Minor units, a multiple of `unit`. */
  readonly principal: number;
  /** Nominal, two decimals. */
  readonly annualRatePercent: number;
  readonly frequency: Frequency;
  readonly instalments: number;
  /** Minor units that lines, principal and interest are rounded to. */
  readonly unit: number;
}

/** What a line pays. Minor units. */
export interface PaidBack {
  readonly principal: number;
  readonly interest: number;
}

/**
 * Periods in a year. EU: 2008/48/EC annex I, remark (c) (2023/2225 annex III the same): 365 days, 52 weeks, 12 equal
 * months. US: 12 CFR 1026 appendix J (b)(4) and (5): all months equal, a day is 1/365 year, 52 weeks. A leap year has
 * 365 days in both here.
 */
export const periodsPerYear: Readonly<Record<Frequency, number>> = { daily: 365, weekly: 52, monthly: 12 };

/** The rate of a period is `of ÷ per`: the annual one over the periods of a year. */
function rateOf({ annualRatePercent, frequency }: Omit<Credit, 'principal'>): readonly [of: bigint, per: bigint] {
  return [BigInt(Math.round(annualRatePercent * 100)), BigInt(10_000 * periodsPerYear[frequency])];
}

/**
 * What an instalment is of one unit of principal, as a fraction: the annuity i(1 + i)ⁿ ÷ ((1 + i)ⁿ − 1), with i the annual
 * rate over the periods of a year; 1 ÷ n without interest.
 */
function annuity(terms: Omit<Credit, 'principal'>): readonly [over: bigint, under: bigint] {
  const [of, per] = rateOf(terms);
  const count = BigInt(terms.instalments);
  if (of === 0n) return [1n, count];
  const [grown, before] = [(of + per) ** count, per ** count];
  return [of * grown, per * (grown - before)];
}

/** The annuity with thirty decimals, rounded up, for sums in SQL: they come to the same units as `decliningInstalment`. */
export function annuityText(terms: Omit<Credit, 'principal'>): string {
  const [over, under] = annuity(terms);
  const digits = String((over * 10n ** 30n + under - 1n) / under).padStart(31, '0');
  return `${digits.slice(0, -30)}.${digits.slice(-30)}`;
}

/** The annuity rounded down to whole units, and a unit at least: what that leaves is in the last line. */
export function decliningInstalment(credit: Credit): number {
  const [over, under] = annuity(credit);
  const units = (BigInt(credit.principal) * over) / (under * BigInt(credit.unit));
  return Math.max(1, Number(units)) * credit.unit;
}

/**
 * The lines of a credit: each but the last is the instalment, of which the interest on the balance of its period is taken
 * first, rounded half up to a unit; the last one is the balance with its interest. Where the instalment is too small for
 * its interest, or a unit is more than what is left, interest is the rest of the line, so that none is negative.
 */
export function declining(credit: Credit, instalment = decliningInstalment(credit)): PaidBack[] {
  const [of, per] = rateOf(credit);
  const unit = BigInt(credit.unit);
  const line = BigInt(instalment);
  let balance = BigInt(credit.principal);
  return Array.from({ length: credit.instalments }, (_, i) => {
    const interest = ((2n * balance * of + per * unit) / (2n * per * unit)) * unit;
    const isLast = i === credit.instalments - 1;
    const least = line - interest < 0n ? 0n : line - interest;
    const principal = isLast || least > balance ? balance : least;
    const amount = isLast ? max(balance + interest, unit) : line;
    balance -= principal;
    return { principal: Number(principal), interest: Number(amount - principal) };
  });
}

const max = (a: bigint, b: bigint) => (a > b ? a : b);
