import { exact, money, split, type Money } from '../money.ts';
import { marketRules, type Market } from '../markets.ts';
import { components, type Component, type Frequency, type Plan } from './plan.ts';

export interface PriceOnPlan {
  readonly deposit: Money;
  /** Every instalment is the same. */
  readonly instalment: Money;
  readonly instalments: number;
  readonly frequency: Frequency;
  /** deposit + instalments × instalment. */
  readonly total: Money;
  /** What one instalment is made of; the parts sum to it. */
  readonly components: Readonly<Partial<Record<Component, Money>>>;
}

export type PlanTerms = Pick<Plan, 'depositPercent' | 'markupPercent' | 'instalments' | 'frequency' | 'components'>;

/**
 * What a vehicle costs on a plan. The deposit is a percentage of the price; the rest, with the markup,
 * is spread over equal instalments. Both are rounded up to whole shillings or francs, so that the
 * customer pays the same amount every time and the last one is no surprise. A deposit never takes the whole
 * price: there is something left to pay off, however small.
 */
export function priceOnPlan(plan: PlanTerms, market: Market, price: Money): PriceOnPlan {
  const { lineUnit } = marketRules(market);
  return priceWithDeposit(plan, market, price, roundUp(price.amount * plan.depositPercent, 100, lineUnit));
}

/** The most that can be taken as a deposit, in minor units: less than the price. */
export function mostDeposit(market: Market, price: Money): number {
  const { lineUnit } = marketRules(market);
  return Math.floor((price.amount - 1) / lineUnit) * lineUnit;
}

/** The same with a deposit of its own. @param wanted whole units, in minor units; at most `mostDeposit` of it is taken */
export function priceWithDeposit(plan: PlanTerms, market: Market, price: Money, wanted: number): PriceOnPlan {
  const { currency, lineUnit } = marketRules(market);
  const deposit = Math.min(mostDeposit(market, price), wanted);
  const financed = exact((price.amount - deposit) * (100 + plan.markupPercent));
  const instalment = roundUp(financed, 100 * plan.instalments, lineUnit);
  return {
    deposit: money(deposit, currency),
    instalment: money(instalment, currency),
    instalments: plan.instalments,
    frequency: plan.frequency,
    total: money(deposit + instalment * plan.instalments, currency),
    components: Object.fromEntries(
      Object.entries(lineComponents(plan, instalment, lineUnit)).map(([name, amount]) => [
        name,
        money(amount, currency),
      ]),
    ),
  };
}

/** The least deposit, in minor units, with which a vehicle costs no more than such instalments. */
export function leastDeposit(plan: PlanTerms, market: Market, price: Money, instalment: number): number {
  const percent = 100 + plan.markupPercent;
  const beyond = exact(price.amount * percent) - exact(100 * instalment * plan.instalments);
  return beyond <= 0 ? 0 : roundUp(beyond, percent, marketRules(market).lineUnit);
}

/** Splits one instalment into its components, in minor units. */
export function lineComponents(
  plan: Pick<PlanTerms, 'components'>,
  amount: number,
  unit: number,
): Partial<Record<Component, number>> {
  const names = components.filter((name) => (plan.components[name] ?? 0) > 0);
  const parts = split(
    amount,
    names.map((name) => plan.components[name] ?? 0),
    unit,
  );
  const sizes: Partial<Record<Component, number>> = {};
  for (const [i, name] of names.entries()) if (parts[i] !== undefined && parts[i] > 0) sizes[name] = parts[i];
  return sizes;
}

/** `numerator / denominator`, up to the next multiple of `unit`. */
function roundUp(numerator: number, denominator: number, unit: number): number {
  return Math.ceil(exact(numerator) / (denominator * unit)) * unit;
}
