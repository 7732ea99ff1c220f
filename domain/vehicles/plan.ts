import type { Market } from '../markets.ts';
import type { VehicleType } from './vehicle.ts';

export const frequencies = ['daily', 'weekly', 'monthly'] as const;
export type Frequency = (typeof frequencies)[number];

/** What an instalment is made of; the weights of the plan split each line. */
export const components = ['vehicle', 'insurance', 'tracker', 'maintenance', 'battery'] as const;
export type Component = (typeof components)[number];

/** The parts of a line, in the order in which they are shown: of a declining plan the vehicle is principal, with its interest. */
export const lineParts = [...components, 'interest', 'principal'] as const;
export type LinePart = (typeof lineParts)[number];
export type LineParts = Readonly<Partial<Record<LinePart, number>>>;

/** How credit is charged for: a markup on what is paid over time, or interest on the balance that is left. */
export const methods = ['markup', 'declining'] as const;
export type Method = (typeof methods)[number];

/** Percent of an ordinary instalment by month of its due date, 1 to 12; 100 where one is not named. */
export type Season = Readonly<Record<string, number>>;

/** An instalment is a share of what the customer earns between two of them, within bounds. Minor units. */
export interface EarningsShare {
  readonly sharePercent: number;
  readonly floor: number;
  readonly ceiling: number;
  /** What it came to for a lease; absent in a plan, and where no income is recorded: the plan's own instalments hold. */
  readonly instalment?: number;
}

/** What somebody else pays of the price. Minor units. */
export interface Subsidy {
  readonly amount: number;
  readonly by: string;
}

/** A fixed fee for an instalment that is late, never more than `cap` over the lease. Minor units. */
export interface LateFee {
  readonly amount: number;
  readonly cap: number;
}

export const gapBearers = ['customer', 'house'] as const;
export type GapBearer = (typeof gapBearers)[number];

/** Applications that a customer may have open, where a plan does not say otherwise: he compares, and withdraws what he does not want. */
export const APPLICATIONS_AT_ONCE = 5;

/** The terms a lease is made on; a lease keeps the plan as it was when it was applied for. */
export interface Plan {
  readonly id: string;
  readonly name: string;
  readonly market: Market;
  readonly vehicleTypes: readonly VehicleType[];
  readonly frequency: Frequency;
  readonly instalments: number;
  /** Percent of the vehicle's price that is paid first; 0 to 90. */
  readonly depositPercent: number;
  /** Percent of the price less the deposit that the whole of the instalments costs on top. */
  readonly markupPercent: number;
  /** Days past due that leave a lease `active`. */
  readonly graceDays: number;
  readonly lateFee: LateFee | null;
  /** Days past due beyond which the vehicle may be stopped; null where it never is by itself. The market's law may ask for more. */
  readonly immobiliseAfterDaysPastDue: number | null;
  readonly immobiliseNoticeHours: number;
  readonly offerHours: number;
  readonly signHours: number;
  readonly depositHours: number;
  /** Days for which collection waits for a vehicle that was stolen; null: it does not. Leases of before it was asked for do not say. */
  readonly theftPauseDays?: number | null;
  /** Days of relief for hardship within 365; null: none. Leases of before it was asked for do not say. */
  readonly hardshipDays?: number | null;
  /** Days past due beyond which whoever answers for the lease is called upon, and percent of the price that he answers for. Leases of before do not say. */
  readonly guarantorAfterDaysPastDue?: number;
  readonly guarantorPercent?: number;
  /** How many applications a customer has open at most when he applies by it, with that one. Leases of before do not say. */
  readonly applicationsAtOnce?: number;
  /** Percent of each instalment by component; they sum to 100. */
  readonly components: Readonly<Partial<Record<Component, number>>>;
  /** The least deposit in minor units, whatever the percentage is. This and what follows leases of before do not say. */
  readonly depositAmount?: number | null;
  /** Absent: `markup`. */
  readonly method?: Method;
  /** Nominal, on the balance that is left; two decimals. For `declining` alone, whose `markupPercent` is 0. */
  readonly annualRatePercent?: number | null;
  /** So many Sundays of each month, the first ones, have no line of a daily plan: it falls on the next day that has none. */
  readonly daysOffPerMonth?: number;
  /** The total stays what it is without it, as with `earnings`. */
  readonly season?: Season | null;
  readonly earnings?: EarningsShare | null;
  readonly subsidy?: Subsidy | null;
  /** Who bears what an insurer does not pay of a vehicle that is lost for good. Absent: the customer. */
  readonly totalLossGap?: GapBearer;
}
