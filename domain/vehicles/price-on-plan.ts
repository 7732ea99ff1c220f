import { exact, money, split, type Money } from '../money.ts';
import { marketRules, type Market } from '../markets.ts';
import { declining, decliningInstalment, type Credit } from './declining.ts';
import { inLinesOfEarnings } from './earnings.ts';
import { components, type Component, type Frequency, type LinePart, type LineParts, type Plan } from './plan.ts';

export interface PriceOnPlan {
  readonly deposit: Money;
  /** Of an ordinary line: all of them, but where the plan's interest, its season or earnings make the last one or each another. */
  readonly instalment: Money;
  readonly instalments: number;
  readonly frequency: Frequency;
  /** The deposit and all lines. */
  readonly total: Money;
  /** What the first ordinary instalment is made of; the parts sum to it. */
  readonly components: Readonly<Partial<Record<LinePart, Money>>>;
}

export type PlanTerms = Pick<
  Plan,
  | 'depositPercent'
  | 'markupPercent'
  | 'instalments'
  | 'frequency'
  | 'components'
  | 'depositAmount'
  | 'method'
  | 'annualRatePercent'
  | 'earnings'
  | 'subsidy'
>;

/**
 * What a vehicle costs on a plan. A subsidy is taken off its price. The deposit is a percentage of the rest, or the plan's amount
 * where that is more. What is left is paid in equal instalments: with the markup, rounded up to whole shillings or
 * francs, or with interest on the balance (`declining`). A deposit never takes the whole price: there is something left to
 * pay off, however small.
 */
export function priceOnPlan(plan: PlanTerms, market: Market, price: Money): PriceOnPlan {
  return priceWithDeposit(plan, market, price, askedDeposit(plan, market, price));
}

function askedDeposit(plan: PlanTerms, market: Market, price: Money): number {
  const percent = roundUp(netOf(plan, market, price).amount * plan.depositPercent, 100, marketRules(market).lineUnit);
  return Math.max(percent, plan.depositAmount ?? 0);
}

/** The most that can be taken as a deposit, in minor units: less than the price. */
export function mostDeposit(market: Market, price: Money): number {
  const { lineUnit } = marketRules(market);
  return Math.floor((price.amount - 1) / lineUnit) * lineUnit;
}

/** What somebody else pays of a price on the plan, in minor units: never all of it. */
export const subsidyOn = ({ subsidy }: Pick<Plan, 'subsidy'>, market: Market, price: Money): number =>
  Math.min(subsidy?.amount ?? 0, mostDeposit(market, price));

const netOf = (plan: Pick<Plan, 'subsidy'>, market: Market, price: Money): Money =>
  money(price.amount - subsidyOn(plan, market, price), price.currency);

/** What of a price is left to be paid over time, in minor units. */
export const financedOn = (plan: Pick<Plan, 'subsidy'>, market: Market, price: Money, deposit: number): number =>
  netOf(plan, market, price).amount - deposit;

/** The same with a deposit of its own. @param wanted whole units, in minor units; at most `mostDeposit` of it is taken */
export function priceWithDeposit(plan: PlanTerms, market: Market, price: Money, wanted: number): PriceOnPlan {
  const { currency, lineUnit } = marketRules(market);
  const net = netOf(plan, market, price);
  const deposit = Math.min(mostDeposit(market, net), wanted);
  const { instalment, instalments, total, parts } = linesFor(plan, lineUnit, net.amount - deposit);
  return {
    deposit: money(deposit, currency),
    instalment: money(instalment, currency),
    instalments,
    frequency: plan.frequency,
    total: money(deposit + total, currency),
    components: Object.fromEntries(Object.entries(parts).map(([name, amount]) => [name, money(amount, currency)])),
  };
}

/** How many lines of which size pay off `financed` minor units, and what they sum to. */
function linesFor(plan: PlanTerms, unit: number, financed: number) {
  if (plan.method === 'declining') {
    const [first, ...others] = declining(creditOn(plan, unit, financed));
    if (first === undefined) throw new RangeError('a plan has one instalment at least');
    const size = first.principal + first.interest;
    const total = others.reduce((sum, { principal, interest }) => sum + principal + interest, size);
    return { instalment: size, instalments: plan.instalments, total, parts: decliningParts(plan, first, unit) };
  }
  const equal = markedUp(plan, unit, financed);
  const total = exact(equal * plan.instalments);
  const { instalment, instalments } = inLinesOfEarnings(plan, unit, { instalment: equal, total });
  return { instalment, instalments, total, parts: lineComponents(plan, instalment, unit) };
}

const markedUp = (plan: PlanTerms, unit: number, financed: number): number =>
  roundUp(exact(financed * (100 + plan.markupPercent)), 100 * plan.instalments, unit);

/** The credit of a declining plan for `financed` minor units, which are rounded up to a whole unit. */
export function creditOn(
  { annualRatePercent, frequency, instalments }: Pick<Plan, 'annualRatePercent' | 'frequency' | 'instalments'>,
  unit: number,
  financed: number,
): Credit {
  const principal = roundUp(financed, 1, unit);
  return { principal, annualRatePercent: annualRatePercent ?? 0, frequency, instalments, unit };
}

/** An instalment as search compares it, in minor units: that of everybody, whatever he earns. */
export function ordinaryInstalment(plan: PlanTerms, market: Market, price: Money): number {
  const { lineUnit } = marketRules(market);
  const deposit = Math.min(mostDeposit(market, netOf(plan, market, price)), askedDeposit(plan, market, price));
  return instalmentFor(plan, lineUnit, financedOn(plan, market, price, deposit));
}

const instalmentFor = (plan: PlanTerms, unit: number, financed: number): number =>
  plan.method === 'declining' ? decliningInstalment(creditOn(plan, unit, financed)) : markedUp(plan, unit, financed);

/** The least deposit, in minor units, with which a vehicle costs no more than such instalments. */
export function leastDeposit(plan: PlanTerms, market: Market, price: Money, instalment: number): number {
  const { lineUnit } = marketRules(market);
  const net = netOf(plan, market, price);
  let [low, high] = [0, mostDeposit(market, net) / lineUnit];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (instalmentFor(plan, lineUnit, net.amount - middle * lineUnit) <= instalment) high = middle;
    else low = middle + 1;
  }
  return low * lineUnit;
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

/** The parts of a declining line: its interest, and the rest by the weights of the plan, the vehicle's as principal. */
export function decliningParts(
  plan: Pick<PlanTerms, 'components'>,
  { principal, interest }: { readonly principal: number; readonly interest: number },
  unit: number,
): LineParts {
  const { vehicle, ...services } = lineComponents(plan, principal, unit);
  return {
    ...services,
    ...(interest > 0 ? { interest } : {}),
    ...(vehicle === undefined ? {} : { principal: vehicle }),
  };
}

/** `numerator / denominator`, up to the next multiple of `unit`. */
function roundUp(numerator: number, denominator: number, unit: number): number {
  return Math.ceil(exact(numerator) / (denominator * unit)) * unit;
}
