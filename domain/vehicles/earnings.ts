import { periodsPerYear } from './declining.ts';
import type { EarningsShare, Frequency, Plan } from './plan.ts';

/** So many lines a schedule has at most. */
const MOST_INSTALMENTS = 1_500;

/**
 * What an instalment is for somebody who earns `monthlyIncome`: the plan's share of what he earns in a period (twelve months
 * over the periods of a year), rounded down to whole units, within the plan's bounds. Minor units.
 */
export function earningsInstalment(
  { sharePercent, floor, ceiling }: EarningsShare,
  frequency: Frequency,
  monthlyIncome: number,
  unit: number,
): number {
  const share = BigInt(monthlyIncome) * BigInt(sharePercent) * 12n;
  const units = share / BigInt(100 * periodsPerYear[frequency] * unit);
  return Math.min(ceiling, Math.max(floor, Number(units) * unit));
}

/**
 * The same total in instalments of what the customer earns: as many as it takes, the last one with what is left; never more than
 * `MOST_INSTALMENTS`, for which they may have to be larger. Where the plan says nothing of earnings, or no
 * income is recorded, as it was.
 */
export function inLinesOfEarnings(
  { earnings, instalments }: Pick<Plan, 'earnings' | 'instalments'>,
  unit: number,
  { instalment, total }: { readonly instalment: number; readonly total: number },
): { readonly instalment: number; readonly instalments: number } {
  const wanted = earnings?.instalment;
  if (wanted === undefined) return { instalment, instalments };
  const least = Math.ceil(total / (MOST_INSTALMENTS * unit)) * unit;
  const size = Math.min(total, Math.max(wanted, least));
  return { instalment: size, instalments: Math.ceil(total / size) };
}
