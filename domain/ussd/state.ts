import type { PauseKind } from '../leases/pause.ts';
import type { LeaseStatus } from '../leases/status.ts';
import type { PaymentProvider } from '../markets.ts';
import type { Currency, Money } from '../money.ts';
import type { Frequency } from '../vehicles/plan.ts';
import type { VehicleType } from '../vehicles/vehicle.ts';
import type { Note, UssdSaying } from './phrases.ts';
import type { Values } from '../phrase.ts';
import type { MenuItem } from './wording.ts';

/** What a vehicle costs on a plan, or a lease. */
export interface UssdTerms {
  /** As it is called on a screen. */
  readonly vehicle: string;
  readonly deposit: Money;
  readonly instalment: Money;
  readonly instalments: number;
  readonly frequency: Frequency;
  readonly total: Money;
}

/** A lease as screens tell of it. Days are local dates on its own clock. */
export interface Lease extends UssdTerms {
  readonly id: string;
  readonly reference: string;
  readonly status: LeaseStatus;
  readonly currency: Currency;
  readonly paid: Money;
  readonly outstanding: Money;
  /** Overdue, with fees. */
  readonly late: Money;
  readonly next: { readonly on: string; readonly amount: Money } | null;
  readonly ownedPercent: number;
  /** What had paid for it and was taken back since. */
  readonly disputed: Money;
  /** A case says that money which has paid for it is not with its provider; not said by sessions of before. */
  readonly isSaidGone?: boolean;
  readonly pausedUntil: string | null;
  readonly today: string;
}

export interface Choice {
  readonly type: VehicleType;
  readonly planId: string;
}

export interface Offered extends Choice, UssdTerms {
  readonly vehicleId: string;
  /** By what it is told from others of its name in the list. */
  readonly mark?: string;
}

interface OfLease {
  readonly leaseId: string;
}

interface ForPayment extends OfLease {
  readonly currency: Currency;
  /** What is asked for; null where nothing is. */
  readonly asked: Money | null;
}

interface Promised extends ForPayment {
  readonly on: string;
}

/** Every screen, and what it goes by. Nothing here is a secret: a PIN is hashed before it is kept. */
export interface Screens {
  /** `registers` who is not known yet. */
  readonly language: { readonly registers: boolean };
  readonly name: object;
  /** `name` of who registers; null where the customer is known. */
  readonly newPin: { readonly name: string | null };
  readonly pinAgain: { readonly name: string | null; readonly hash: string };
  readonly oldPin: object;
  readonly pinCode: object;
  readonly menu: {
    readonly name: string;
    readonly lease: Lease | null;
    readonly items: readonly MenuItem[];
    /** Of another lease something is late. */
    readonly isOtherLate?: boolean;
  };
  readonly leases: { readonly leases: readonly Lease[] };
  readonly types: { readonly types: readonly VehicleType[] };
  readonly plans: {
    readonly type: VehicleType;
    readonly plans: readonly {
      readonly planId: string;
      readonly frequency: Frequency;
      readonly instalments: number;
    }[];
  };
  readonly vehicles: { readonly offers: readonly Offered[] };
  readonly offer: Offered;
  readonly provider: { readonly offered: Offered; readonly providers: readonly PaymentProvider[] };
  readonly acceptOffer: Lease;
  readonly sign: Lease;
  readonly balance: Lease;
  readonly payHow: ForPayment;
  readonly payAmount: ForPayment;
  readonly payNow: OfLease & { readonly amount: Money };
  readonly pauseKind: OfLease;
  readonly pauseDays: OfLease & { readonly kind: PauseKind };
  readonly pauseNow: OfLease & { readonly kind: PauseKind; readonly days: number };
  readonly promiseDays: ForPayment & { readonly today: string };
  readonly promiseHow: Promised;
  readonly promiseAmount: Promised;
  readonly promiseNow: OfLease & { readonly amount: Money; readonly on: string };
  readonly theft: OfLease & { readonly vehicle: string };
  readonly restart: OfLease & { readonly vehicle: string };
  readonly message: object;
  readonly help: { readonly code: string };
  readonly said: { readonly saying: UssdSaying; readonly values: Values };
}
export type ScreenName = keyof Screens;

/** Where a session is. */
export type State<K extends ScreenName = ScreenName> = {
  readonly [Name in K]: {
    readonly at: Name;
    readonly data: Screens[Name];
    /** Of a list that is longer than a screen, from 0. */
    readonly page?: number;
    /** What became of the input before. */
    readonly note?: Note;
    readonly noteValues?: Values;
  };
}[K];

/** What a person wants done; only its answer says which screen follows. */
export type UssdWish =
  | { readonly do: 'home'; readonly note?: Note; readonly leaseId?: string }
  | { readonly do: 'setLanguage'; readonly language: string }
  | { readonly do: 'register'; readonly language: string }
  | { readonly do: 'hashPin'; readonly pin: string; readonly name: string | null }
  | { readonly do: 'setPin'; readonly pin: string; readonly name: string | null; readonly hash: string }
  | { readonly do: 'checkPin'; readonly pin: string }
  | { readonly do: 'sendPinCode' }
  | { readonly do: 'resetPin'; readonly code: string }
  | { readonly do: 'openMenu'; readonly item: MenuItem; readonly lease: Lease | null }
  | { readonly do: 'listPlans'; readonly type: VehicleType }
  | { readonly do: 'listVehicles'; readonly choice: Choice }
  | { readonly do: 'apply'; readonly offered: Offered; readonly provider: PaymentProvider | null }
  | { readonly do: 'acceptOffer'; readonly lease: Lease }
  | { readonly do: 'sign'; readonly lease: Lease; readonly pin: string }
  | { readonly do: 'pay'; readonly leaseId: string; readonly amount: Money }
  | { readonly do: 'pause'; readonly leaseId: string; readonly kind: PauseKind; readonly days: number }
  | { readonly do: 'promise'; readonly leaseId: string; readonly on: string; readonly amount: Money }
  | { readonly do: 'reportTheft'; readonly leaseId: string; readonly vehicle: string; readonly pin: string }
  | { readonly do: 'restart'; readonly leaseId: string }
  | { readonly do: 'ask'; readonly text: string };

export const goTo = <K extends ScreenName>(at: K, data: Screens[K]) => ({ at, data });
