import { daysBetween, type LocalDate } from '../calendar.ts';
import {
  leastDeposit,
  priceOnPlan,
  priceWithDeposit,
  type PlanTerms,
  type PriceOnPlan,
} from '../vehicles/price-on-plan.ts';
import { missingOfCondition, type CreditConditions } from '../credit/assessment.ts';
import { marketRules, type Market } from '../markets.ts';
import type { Money } from '../money.ts';
import { moves } from '../moves.ts';
import type { VehicleType } from '../vehicles/vehicle.ts';

/**
 * Where an exchange of a leased vehicle for another one stands. `quoted`: the customer may accept. `referred`: an agent
 * decides on his credit. `approved`: the other vehicle is held, and an agent looks at the old one. `inspected`: all is
 * ready for the swap.
 */
export const upgradeStatuses = [
  'quoted',
  'referred',
  'approved',
  'inspected',
  'completed',
  'declined',
  'cancelled',
  'lapsed',
] as const;
export type UpgradeStatus = (typeof upgradeStatuses)[number];

const ends = ['declined', 'cancelled', 'lapsed'] as const;

/** Which status may follow which. What an inspection lowers the customer accepts anew, and his credit is asked for anew. */
export const { mayFollow, isOver } = moves<UpgradeStatus>({
  quoted: ['referred', 'approved', 'inspected', ...ends],
  referred: ['approved', 'inspected', ...ends],
  approved: ['quoted', 'inspected', ...ends],
  inspected: ['completed', ...ends],
  completed: [],
  declined: [],
  cancelled: [],
  lapsed: [],
});

/** What staff do next, where it is theirs to go on with it. */
export const staffDoNext: Readonly<Partial<Record<UpgradeStatus, string>>> = {
  referred: 'decide on the credit',
  approved: 'inspect the vehicle that is given back',
  inspected: 'swap the vehicles',
};

export const letGoBys = ['customer', 'house'] as const;

/**
 * Whose it was to go on with an exchange that lapsed as what it was: ours, where we had to decide on the credit or to swap the vehicles. The
 * holds of a customer go by it (`use-cases/vehicles/who-holds.ts`).
 */
export const letGoBy = (from: UpgradeStatus): (typeof letGoBys)[number] =>
  from === 'referred' || from === 'inspected' ? 'house' : 'customer';

/** What was not done in time, of one that goes on. */
export const lapsedFor: Readonly<Partial<Record<UpgradeStatus, string>>> = {
  quoted: 'its customer has not signed it',
  referred: 'we have not decided on the credit',
  approved: 'its customer has not brought the vehicle to be inspected',
  inspected: 'we have not swapped the vehicles',
};

/** So long before it lapses its customer is told, in milliseconds. */
export const LAPSE_NOTICE = 86_400_000;

/** What a vehicle loses of its price in a month with a customer, and what it never falls below, in percent. */
const depreciation: Readonly<Record<VehicleType, { readonly monthly: number; readonly floor: number }>> = {
  motorcycle: { monthly: 2, floor: 25 },
  car: { monthly: 1, floor: 35 },
  van: { monthly: 1, floor: 35 },
  truck: { monthly: 1, floor: 30 },
};
const DAYS_OF_A_MONTH = 30;

/**
 * What a vehicle is taken back for before anybody has looked at it: its price less a part for each month that has
 * begun since the handover, in whole payable units. It is the lender's own rule; an inspection may say otherwise.
 */
export function tradeInValue(
  vehicle: { readonly type: VehicleType; readonly price: Money },
  handedOverOn: LocalDate,
  today: LocalDate,
  market: Market,
): number {
  const { monthly, floor } = depreciation[vehicle.type];
  const months = Math.ceil(Math.max(0, daysBetween(handedOverOn, today)) / DAYS_OF_A_MONTH);
  const percent = Math.max(floor, 100 - monthly * months);
  const { lineUnit } = marketRules(market);
  return Math.floor((vehicle.price.amount * percent) / (100 * lineUnit)) * lineUnit;
}

/** What an exchange comes to. Minor units of one currency. */
export interface UpgradeQuote {
  /** What the old vehicle is taken back for. */
  readonly tradeIn: number;
  /** What of that is theirs who paid a part of the old price: in the account `subsidy` again. */
  readonly subsidy: number;
  /** What settling the old lease costs. */
  readonly settlement: number;
  /** What is the customer's of the old vehicle: below zero where he owes more than his part of it is worth. */
  readonly equity: number;
  /** What of it becomes the deposit of the new lease. */
  readonly deposit: number;
  /** What of it is paid out, since a deposit never takes the whole price. */
  readonly payout: number;
  /** What the plan asks as a deposit beyond the equity: where it is above zero there is no exchange. */
  readonly missing: number;
  readonly price: PriceOnPlan;
}

/** The sums of what the customer has of the old vehicle, and what becomes of it. */
type Shares = Pick<UpgradeQuote, 'tradeIn' | 'subsidy' | 'settlement' | 'deposit' | 'payout'>;

/** What of the equity makes no instalment smaller, and pays the first of them ahead. Minor units. */
export const linesAheadOf = ({ tradeIn, subsidy, settlement, deposit, payout }: Shares): number =>
  Math.max(0, tradeIn - subsidy - settlement - deposit - payout);

/**
 * Whether any number is worse for the customer than those he has signed: less is paid out or into the new lease, or
 * an instalment or the whole is dearer. Days and how many lines there are come of the plan, which stays.
 */
export function isWorse(now: Signed, signed: Signed): boolean {
  const paidIn = (quote: Signed) => quote.deposit + linesAheadOf(quote);
  return (
    now.payout < signed.payout ||
    paidIn(now) < paidIn(signed) ||
    now.instalment > signed.instalment ||
    now.total > signed.total
  );
}
type Signed = Shares & { readonly instalment: number; readonly total: number };

/**
 * Who paid a part of the price owns as much of what the vehicle is worth, in whole units upwards: no customer is paid
 * by it. Minor units.
 */
export function subsidyOf(tradeIn: number, paid: { readonly subsidy: number; readonly price: number }, unit: number) {
  if (paid.subsidy === 0) return 0;
  const [part, whole] = [BigInt(tradeIn) * BigInt(paid.subsidy), BigInt(paid.price) * BigInt(unit)];
  return Math.min(tradeIn, Number((part + whole - 1n) / whole) * unit);
}

/** What a condition of the credit asks to be paid at the start beyond the deposit and what is paid ahead; 0 for nothing. Minor units. */
export const missingAtSwap = (
  quote: Shares & { readonly price: number },
  conditions: CreditConditions | null,
): number => missingOfCondition({ price: quote.price, paid: quote.deposit + linesAheadOf(quote) }, conditions);

/**
 * The equity is what the old vehicle is worth, minus what is owed on it and minus the share of whoever paid a part of
 * its price. It is the deposit of the new lease, and the rest of the new price is spread by the plan. Instalments are
 * whole units, so that so much of a deposit makes none of them smaller: that pays the first one ahead, and nobody pays
 * more since his vehicle is worth more.
 */
export function upgradeQuote(
  sums: Pick<UpgradeQuote, 'tradeIn' | 'subsidy' | 'settlement'>,
  plan: PlanTerms,
  market: Market,
  price: Money,
): UpgradeQuote {
  const equity = sums.tradeIn - sums.subsidy - sums.settlement;
  const { lineUnit } = marketRules(market);
  const whole = Math.max(0, equity - (equity % lineUnit));
  const asked = priceOnPlan(plan, market, price).deposit.amount;
  const most = priceWithDeposit(plan, market, price, whole);
  // Where instalments are a share of earnings, more of a deposit makes fewer of them, and none smaller.
  const isShare = plan.earnings?.instalment !== undefined;
  const least = isShare
    ? most.deposit.amount
    : Math.max(asked, leastDeposit(plan, market, price, most.instalment.amount));
  const priced = priceWithDeposit(plan, market, price, Math.min(most.deposit.amount, least));
  const deposit = priced.deposit.amount;
  return {
    ...sums,
    equity,
    deposit,
    payout: Math.max(0, equity - most.deposit.amount),
    missing: Math.max(0, asked - equity),
    price: priced,
  };
}
