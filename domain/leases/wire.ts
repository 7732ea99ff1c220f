import type { BusinessDays } from '../calendar.ts';
import type { Cause } from '../cause.ts';
import type { CreditConditions } from '../credit/assessment.ts';
import type { LeaseEventType } from '../events/catalogue.ts';
import type { KycStand, KycStatus } from '../kyc/submission.ts';
import type { Market } from '../markets.ts';
import type { Currency } from '../money.ts';
import type { SettlementQuote } from './settlement.ts';
import type { Standing } from './standing.ts';
import type { LeaseStatus } from './status.ts';

/**
 * What goes between the workflow of a lease and its activities, and stays in histories and in the state of a run for
 * years: a field is added as optional and read with its default, and never renamed or given another meaning
 * (docs/changing-a-running-workflow.md). Instants are ISO 8601 UTC, amounts minor units of the lease's currency.
 */

interface OfLease {
  readonly leaseId: string;
}

/** A step that the lease takes by itself. */
export interface Step extends OfLease, Cause {}

/** What a person asked. `commandId` is the update's: carried out once, however often it runs. What was sent of old has none. */
export interface Command extends Step {
  readonly commandId?: string;
}

export interface Application extends OfLease {
  readonly customerId: string;
  readonly vehicleId: string;
  readonly planId: string;
  readonly paymentMethodId: string;
}

/** What the workflow goes by of what was agreed. */
export interface LeaseTerms {
  readonly market: Market;
  readonly currency: Currency;
  readonly deposit: number;
  readonly instalment: number;
  readonly graceDays: number;
  readonly offerHours: number;
  readonly signHours: number;
  readonly depositHours: number;
}

/** What the workflow needs to know of a lease that was applied for. */
export interface Applied {
  readonly reference: string;
  readonly customerId: string;
  readonly vehicleId: string;
  readonly standing: Standing;
  readonly terms: LeaseTerms;
}

/** Where a lease stands that its workflow has moved on. */
export interface Moved extends Standing {
  /** How often the deposit was all there: it may be taken back, and paid again. Absent in answers of before, and of other steps. */
  readonly deposits?: number;
}

/** Where a lease stands of which it was changed how it is collected. */
export interface Collected extends Standing {
  /** Whether another payment method is charged first than before. Absent in answers of before, and of other commands. */
  readonly isOtherPayer?: boolean;
  /** By which reversal its deposit is owed again, as the books have it. Absent in answers of before, and where none is. */
  readonly depositTakenBackBy?: string;
}

export interface StatusChange extends OfLease {
  readonly to: LeaseStatus;
  /** Why, in a word or a sentence, without personal data. */
  readonly reason?: string;
  readonly event?: LeaseEventType;
}

export interface OfferOrder extends OfLease {
  readonly conditions: CreditConditions | null;
}

export interface Hold extends OfLease {
  readonly until: string;
}

/** `until` is where the hold of the stage ends then, by so many hours later. */
export interface HoldExtension extends Hold {
  readonly hours: number;
  readonly reason: string;
}

export interface ApplicationEnd extends OfLease {
  readonly as: Extract<LeaseStatus, 'declined' | 'withdrawn' | 'lapsed'>;
  readonly reason: string;
  /** The stage whose deadline passed: a lease that has gone on meanwhile does not lapse. */
  readonly stage?: LeaseStatus;
  /** When that stage began, on the lease's clock; absent in what older runs asked. */
  readonly since?: string;
}

export interface RiskFact {
  readonly riskEventId: string;
  readonly type: string;
  readonly severity: string;
  readonly vehicleId: string;
  readonly occurredAt: string;
  readonly details: Record<string, unknown>;
}

/** The activities of the `leases` task queue beside those of plain commands: each is one transaction, harmless to repeat. */
export interface LeaseActivities {
  recordApplication: (input: Application & Cause) => Promise<Applied>;
  /** Old histories have a bare status here; today it always answers a `KycStand`, or null. */
  kycOf: (input: { readonly customerId: string }) => Promise<KycStand | KycStatus | null>;
  readStanding: (input: Step) => Promise<Standing>;
  /** By `advanceLease`. */
  changeStatus: (input: StatusChange & Cause) => Promise<Moved>;
  makeOffer: (input: OfferOrder & Cause) => Promise<{ readonly deposit: number; readonly standing: Standing }>;
  /** @returns epoch milliseconds */
  businessDeadline: (input: BusinessDays) => Promise<number>;
  holdVehicle: (input: Hold & Command) => Promise<Standing>;
  extendHold: (input: HoldExtension & Command) => Promise<Standing>;
  /** Histories of before ask for it ahead of the end: `endApplication` gives the vehicle back, under the lock. */
  releaseVehicle: (input: { readonly leaseId: string; readonly reason: string } & Cause) => Promise<void>;
  completeLease: (input: Step) => Promise<Standing>;
  endApplication: (input: ApplicationEnd & Cause) => Promise<Standing>;
  checkPromise: (input: Step) => Promise<Standing>;
  chargeLateFees: (input: Step) => Promise<{ readonly charged: number; readonly standing: Standing }>;
  quoteSettlement: (input: Command) => Promise<SettlementQuote>;
  /** A settlement goes no further: a case, where it was paid in part and its customer cannot go on. */
  noteSettlementStopped: (input: { readonly quoteId: string } & Step) => Promise<void>;
  /** Histories of before have no answer to it. */
  changePaymentMethod: (input: { readonly paymentMethodId: string } & Command) => Promise<Standing>;
  noteOverdue: (input: { readonly daysPastDue: number } & Step) => Promise<{ readonly overdue: number }>;
  /** Nobody handed the vehicle over in time: a case for the agents. */
  noteHandoverOverdue: (input: Step) => Promise<void>;
  /** Puts what telematics saw on the lease's timeline, once an event. */
  noteRisk: (input: { readonly risk: RiskFact } & Step) => Promise<void>;
}
