import type { FieldError } from '../errors.ts';
import { marketRules } from '../markets.ts';
import { periodsPerYear } from './declining.ts';
import type { Plan } from './plan.ts';

type Added = 'depositAmount' | 'method' | 'annualRatePercent' | 'daysOffPerMonth' | 'season' | 'earnings' | 'subsidy';

/** What goes together in a plan, of which each by itself may be right. */
export type Combined = Pick<Plan, 'market' | 'frequency' | 'instalments' | 'markupPercent'> & {
  readonly [Name in Added]?: Plan[Name] | undefined;
};

/** Beyond so many years the rounding of an instalment, with interest on it, is more than a small last line. */
const MOST_YEARS = 10;

/** What of a plan does not go together, by the field that has to change; empty where all does. */
export function refusedCombinations(plan: Combined): FieldError[] {
  const isDeclining = plan.method === 'declining';
  const rate = plan.annualRatePercent ?? null;
  const { lineUnit } = marketRules(plan.market);
  const isPayable = (amount: number | null | undefined) => (amount ?? 0) % lineUnit === 0;
  const bounds = plan.earnings ?? null;
  const shapes = (is: object | null | undefined) => is !== null && is !== undefined;
  const rules: readonly (readonly [refused: boolean, path: string, message: string])[] = [
    [isDeclining && rate === null, 'annualRatePercent', 'is needed where interest is charged on the balance'],
    [!isDeclining && rate !== null, 'annualRatePercent', 'is for the method declining'],
    [isDeclining && plan.markupPercent > 0, 'markupPercent', 'must be 0: a declining plan has interest instead'],
    [
      isDeclining && plan.instalments < 2,
      'instalments',
      'must be at least 2: a declining plan has a balance to decline',
    ],
    [
      isDeclining && plan.instalments > MOST_YEARS * periodsPerYear[plan.frequency],
      'instalments',
      `a declining plan lasts at most ${MOST_YEARS} years`,
    ],
    [isDeclining && shapes(plan.season), 'season', 'is for the method markup: a declining plan has equal instalments'],
    [isDeclining && shapes(bounds), 'earnings', 'is for the method markup: a declining plan has equal instalments'],
    [
      shapes(plan.season) && shapes(bounds),
      'earnings',
      'a schedule is shaped by its season or by earnings, not by both',
    ],
    [(plan.daysOffPerMonth ?? 0) > 0 && plan.frequency !== 'daily', 'daysOffPerMonth', 'is for daily plans'],
    [bounds !== null && bounds.floor > bounds.ceiling, 'earnings.ceiling', 'must be at least the floor'],
    [!isPayable(bounds?.floor), 'earnings.floor', `must be a multiple of ${lineUnit}`],
    [!isPayable(bounds?.ceiling), 'earnings.ceiling', `must be a multiple of ${lineUnit}`],
    [!isPayable(plan.depositAmount), 'depositAmount', `must be a multiple of ${lineUnit}`],
    [!isPayable(plan.subsidy?.amount), 'subsidy.amount', `must be a multiple of ${lineUnit}`],
  ];
  return rules.filter(([refused]) => refused).map(([, path, message]) => ({ path, message }));
}
