import type { LocalDate } from '../calendar.ts';
import type { CaseOrder } from '../cases.ts';
import type { Actor } from '../identity/roles.ts';
import type { CashDayDecision, OfAttempt, ReceivedMoney, Reversal, UnknownDecision } from '../leases/orders.ts';
import type { Standing } from '../leases/standing.ts';
import type { Collected } from '../leases/wire.ts';
import type { Market, PaymentProvider } from '../markets.ts';
import type { DeclineReason } from './decline.ts';
import type { GiveBackStatus } from './payment.ts';

/**
 * What goes between workflows and the payment activities (`domain/leases/wire.ts` says by which rules). `at` is the
 * lease's own time, ISO 8601 UTC: no activity asks the wall for a business date. Amounts are minor units.
 */
interface At {
  readonly at: string;
}

interface ByPerson extends At {
  readonly actor: Actor;
}

/**
 * What a workflow orders. Automatic charges (`deposit`, `instalment`) take what is due at that moment
 * and no more, by the payment method at place `method` of the lease's (0 is the first); `pay` is a person's
 * own payment; `settlement` is what is left of a quote; `refund` gives back a charge, whole or in part.
 */
export type AttemptOrder = {
  /** UUIDv4: the provider's idempotency key. */
  readonly attemptId: string;
  readonly leaseId: string;
} & (
  | {
      readonly kind: 'deposit' | 'instalment';
      readonly method: number;
      /** True where the customer has just done something about it, and waits for the prompt. */
      readonly asked?: boolean;
      /** When the lease meant to ask, on its clock, ISO 8601 UTC; absent where somebody has asked for it. */
      readonly planned?: string;
    }
  | { readonly kind: 'pay'; readonly paymentMethodId: string; readonly amount: number }
  | {
      readonly kind: 'settlement';
      readonly paymentMethodId: string;
      readonly quoteId: string;
      /**
       * When its customer was prompted for it before, on the lease's clock, ISO 8601 UTC, or null where that is not known; absent
       * where a person has just asked for it.
       */
      readonly rang?: string | null;
    }
  | { readonly kind: 'refund'; readonly refundOf: string; readonly amount: number }
);

/** How often a charge is looked at, and how many seconds lie between two looks. */
export interface Polling {
  readonly seconds: number;
  readonly tries: number;
}

/** An order, the lease's own polling (the configuration's where it is absent), and the unknown attempts that its run asks about. */
export type CollectOrder = AttemptOrder &
  At & {
    readonly polling?: Polling;
    readonly known?: readonly string[];
  };

/** What became of an attempt, as the workflow hears it. */
export type Settled =
  | {
      readonly status: 'succeeded';
      readonly attemptId: string;
      /** Where the lease stands with it; absent where it is not in the books yet. */
      readonly standing?: Standing;
    }
  | { readonly status: 'failed'; readonly attemptId: string; readonly reason: DeclineReason };

/**
 * `paused`: the provider is down, and nothing was tried. `unknown`: it was sent, and nobody could say in time; perhaps
 * another attempt than the one that was ordered.
 */
export type CollectOutcome =
  | Settled
  /** `standing`: where the lease stands, since something else has paid it. */
  | { readonly status: 'nothing_due'; readonly standing?: Standing }
  | { readonly status: 'paused' }
  | { readonly status: 'unknown'; readonly attemptId?: string };

export interface RefundDue {
  readonly refundOf: string;
  readonly amount: number;
  /** A refund that was begun and is not in the books: it goes on. */
  readonly attemptId?: string;
  /**
   * `receipt`: nothing can be given back before the provider has named the charge's; `case`: one says that money of the lease
   * has gone already.
   */
  readonly waitsFor?: 'receipt' | 'case';
  /** It was refused on all its tries: a person says when it is tried again. */
  readonly givenUp?: true;
  /** How often that of this payment was refused in all, and why it was the last time. */
  readonly refused?: { readonly times: number; readonly reason: string };
}

/** The activities of the `payments` task queue that leases call. */
export interface PaymentActivities {
  collect: (order: CollectOrder) => Promise<CollectOutcome>;
  requestPayment: (input: AttemptOrder & ByPerson) => Promise<{ readonly attemptId: string }>;
  /** Money that is there already: cash, or what the customer paid by himself. Posted in the same transaction. */
  receiveMoney: (input: { readonly leaseId: string; readonly money: ReceivedMoney } & ByPerson) => Promise<Standing>;
  reversePayment: (input: Reversal & ByPerson) => Promise<Collected>;
  decideCashDay: (input: CashDayDecision & ByPerson) => Promise<Standing>;
  decideUnknown: (input: UnknownDecision & ByPerson) => Promise<Settled>;
  postPayment: (input: OfAttempt & At) => Promise<Standing>;
  /** By `giveUpAttempt`. With the order a row is stored where there is none, so that no late try sends what is given up here. */
  markUnknown: (input: OfAttempt & { readonly order?: AttemptOrder } & At) => Promise<Settled | null>;
  /** Asks the provider once more about an unknown attempt; null while it still cannot say. */
  askOutcome: (
    input: { readonly attemptId: string; readonly polling?: Polling } & Partial<At>,
  ) => Promise<Settled | null>;
  refundsDue: (input: { readonly leaseId: string } & At) => Promise<RefundDue[]>;
  /** A case of the lease, by `openLeaseCase`. */
  openCase: (input: CaseOrder & At) => Promise<void>;
}

/** True once the provider has confirmed it; `charge`: it is one of our own charges; `returned`: it went back meanwhile. */
export type Confirmation = boolean | 'charge' | 'returned';

/** `waits`: the provider does not know of it yet, and is asked about it on. Workflows of before were told nothing, and ended. */
export type Denial = 'refuted' | 'waits';

interface OfInbound {
  readonly inboundId: string;
}

/** Payments that customers made by themselves, on the `payments` task queue. They go by the wall's clock. */
export interface InboundActivities {
  confirmInbound: (input: OfInbound) => Promise<Confirmation>;
  /** @param input.isLast nobody asks any more: it does not wait. */
  refuteInbound: (input: OfInbound & { readonly isLast?: boolean }) => Promise<Denial>;
  leaseForInbound: (input: OfInbound) => Promise<string | null>;
  giveToLease: (input: OfInbound & { readonly leaseId: string }) => Promise<boolean>;
  putIntoSuspense: (input: OfInbound) => Promise<void>;
}

interface OfGiveBack {
  readonly giveBackId: string;
}

/** Money in suspense that goes back to whoever had paid it, on the `payments` task queue. By the wall's clock. */
export interface GiveBackActivities {
  /** Sends it, once. @returns where it stands then. */
  sendGiveBack: (input: OfGiveBack) => Promise<GiveBackStatus>;
  /** Asks the provider what became of it. */
  askGiveBack: (input: OfGiveBack) => Promise<GiveBackStatus>;
  /** Nobody waits any longer: what was never sent has failed, the rest is `unknown`, with a case. */
  doubtGiveBack: (input: OfGiveBack) => Promise<GiveBackStatus>;
}

/** A provider's wall in one market. */
export interface Wall {
  readonly provider: PaymentProvider;
  readonly market: Market;
}

/** A day of a wall, local to its market. */
export interface Day extends Wall {
  readonly date: LocalDate;
}

export interface ReportOrder {
  readonly reconciliationId: string;
  readonly provider: PaymentProvider;
  /** Null: all markets of the provider. */
  readonly market: Market | null;
  readonly date: LocalDate;
  /** Who asked for it; null for the schedule. */
  readonly requestedBy: string | null;
  /** Only where the day has no good report yet, or is read again. */
  readonly ifMissing?: boolean;
}

export interface AbsentCharge {
  readonly paymentId: string;
  readonly leaseId: string;
}

export interface MarketReport {
  readonly matched: number;
  readonly differences: number;
  /** Of them, payments of ours that the statement proves, and whose leases are to be told. */
  readonly proven: number;
  /** Charges whose outcome nobody could tell, and that no statement has though it had the time. */
  readonly absent: readonly AbsentCharge[];
}

/** Providers' statements against the books, on the `payments` task queue. All go by the wall's clock. */
export interface ReconciliationActivities {
  /** Every provider that is configured, in every market that it serves. Of runs from before `daysToReconcile`. */
  statementsToReconcile: () => Promise<Wall[]>;
  /** The days of each provider in each market that are over and have no good report, or are read again, oldest first. */
  daysToReconcile: (input: { readonly scheduledAt: string }) => Promise<(Wall & { readonly dates: LocalDate[] })[]>;
  /** @returns `reported` where the day has a good report, and only a missing one is wanted. */
  beginReconciliation: (input: ReportOrder & At) => Promise<'begun' | 'reported'>;
  /** A statement that is waited for meanwhile is compared with the books of the moment. */
  reconcileMarket: (input: Day & { readonly reconciliationId: string }) => Promise<MarketReport>;
  settleFound: (input: { readonly reconciliationId: string }) => Promise<void>;
  settleAbsent: (input: Pick<Day, 'provider' | 'date'> & { readonly absent: readonly AbsentCharge[] }) => Promise<void>;
  finishReconciliation: (
    input: { readonly reconciliationId: string; readonly failure?: string } & At,
  ) => Promise<'balanced' | 'differences' | 'failed'>;
}
