import type { Market } from '../markets.ts';
import type { VehicleType } from './vehicle.ts';

export const frequencies = ['daily', 'weekly', 'monthly'] as const;
export type Frequency = (typeof frequencies)[number];

/** What an instalment is made of; the weights of the plan split each line. */
export const components = ['vehicle', 'insurance', 'tracker', 'maintenance'] as const;
export type Component = (typeof components)[number];

/** A fixed fee for an instalment that is late, never more than `cap` over the lease. Minor units. */
export interface LateFee {
  readonly amount: number;
  readonly cap: number;
}

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
  /** Percent of each instalment by component; they sum to 100. */
  readonly components: Readonly<Partial<Record<Component, number>>>;
}
