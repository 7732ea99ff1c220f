import type { Application, LeaseTerms, RiskFact } from '#domain/leases/wire';
import type { CreditConditions, CreditStatus } from '#domain/credit/assessment';
import type { Postponed, Reminded, Stop } from '#domain/leases/agenda';
import type { Standing } from '#domain/leases/standing';
import type { DeclineReason } from '#domain/payments/decline';
import { noHabits, type Habits } from '#domain/leases/habits';
import type { QuietHours } from '#domain/quiet-hours';
import type { Message } from '#domain/notifications/messages';

/** What runs of before undid by a step of its own; now the end of an application gives its vehicle back. */
type Compensation = 'releaseVehicle';

/** A charge or refund whose outcome the provider could not say yet. Times are epoch milliseconds. */
export interface UnknownAttempt {
  readonly attemptId: string;
  readonly since: number;
  readonly askAt: number;
  /** The settlement that it is a payment of, which goes on when it was paid. */
  readonly settles?: Prompted;
}

/** What is left of a quote is asked for of a payment method, in as many prompts as it takes. */
export interface Settlement {
  readonly quoteId: string;
  readonly paymentMethodId: string;
}

/** A settlement with when its customer was prompted last, epoch milliseconds. */
export interface Prompted extends Settlement {
  readonly prompted: number;
}

/** A settlement that goes on with its next prompt. Epoch milliseconds. */
interface Settling extends Settlement {
  readonly at: number;
  /** What no provider takes is tried again until then. */
  readonly until: number;
  /** When its customer was prompted last, where that was a moment ago. */
  readonly prompted?: number;
}

/**
 * All that survives continue-as-new: plain, small, versioned. A field that is added is optional and
 * read with its default, so that a lease started by older code goes on.
 */
export interface LeaseState {
  readonly version: 1;
  readonly application: Application;
  /** How often and how long a pending charge is looked at, from the configuration at the start. */
  readonly polling: { readonly seconds: number; readonly tries: number };
  /** Events after which the lease goes on in a new run, from the configuration at the start. */
  readonly eventsPerRun?: number;
  reference: string;
  terms: LeaseTerms;
  standing: Standing;
  undo: Compensation[];
  /** Automatic tries in a row without success, and the instant before which there is no other. */
  failures: number;
  notBefore: number;
  /** Place of the payment method that is charged next; 0 is the lease's first. */
  method: number;
  /** Automatic prompts that were sent on this local day. */
  prompts: { readonly on: string; readonly count: number };
  /** At which hours and on which weekdays this customer paid. */
  habits: Habits;
  quiet: QuietHours | null;
  /** True from what the customer did about the deposit until the prompt that answers it, which may come at night. */
  asked?: boolean;
  unknown: UnknownAttempt[];
  reminded: Reminded | null;
  /** Set while the newest reminder was not sent since money in doubt may have paid what is late: the one that was sent before it. */
  skipped?: { readonly before: Reminded | null } | null;
  /** What money in doubt put off: it is looked at again the next day, and at once when the doubt ends unpaid. */
  postponed?: Postponed;
  /** The stop of the vehicle that is under way, from its warning on. */
  stop?: Stop | null;
  /** The settlement that goes on, while no prompt of it is under way. */
  settling?: Settling | null;
  /** Ids of the newest facts from machines, so that none is taken twice. */
  seen: string[];
  /** The sequence of the newest event of the lease that it was told of: they come in their order. */
  heard?: number;
  /** After the end: until when a refund waits for its charge's receipt, epoch milliseconds. */
  receiptsUntil?: number;
  /** Since when the lease has its status, epoch milliseconds: what is waited for in a stage has its deadline from here. */
  since?: number;
  /** Set while a deposit that is late may be there, epoch milliseconds: whether the application lapses is looked at again then. */
  lapsesAgainAt?: number;
  /** Until when the customer has the time to read that his deposit is owed again, epoch milliseconds: no prompt that he has not asked for. */
  readUntil?: number;
  /** The `notBefore` that money in doubt has set, until the doubt ends. */
  doubtedUntil?: number;
  /** Texts to the customer that are not sent yet: they wait for the morning, or for the provider. */
  texts?: WaitingText[];
  /** Facts that machines told while a run was about to continue as new. */
  held?: HeldFact[];
  /** Set where the state was made from the books, because the workflow was not there any more. */
  restart?: Restart | null;
}

export interface WaitingText {
  /** It is sent once a key. */
  readonly key: string;
  readonly message: Message;
  /** Epoch milliseconds; it is sent no sooner. */
  readonly notBefore: number;
}

/** A fact from a machine that the next run takes up. */
export type HeldFact =
  | { readonly money: string }
  | { readonly failed: { readonly attemptId: string; readonly reason: DeclineReason } }
  | { readonly risk: RiskFact }
  | { readonly books: 'changed' };

/** What a lease that is started again from the books has to do before it goes on. */
interface Restart {
  /** How far the lease's own clock was, epoch milliseconds. */
  readonly asOf: number;
  /** Payments of which nobody knows whether they are under way: what became of them is asked first. */
  readonly orphans: readonly string[];
  /** The settlement whose newest payment is among them. */
  readonly settlement?: Prompted & { readonly attemptId: string };
}

/** What a lease of which nothing has happened yet begins with. */
export function freshState() {
  return {
    version: 1 as const,
    undo: [],
    failures: 0,
    notBefore: 0,
    method: 0,
    prompts: { on: '', count: 0 },
    habits: noHabits,
    quiet: null,
    unknown: [],
    reminded: null,
    seen: [],
  } satisfies Partial<LeaseState>;
}

/** How a lease starts: with an application, or with the state it had before continue-as-new. */
export type LeaseInput =
  | ({ readonly application: Application } & Pick<LeaseState, 'polling' | 'eventsPerRun'>)
  | { readonly state: LeaseState };

export interface CreditResult {
  readonly assessmentId: string;
  readonly status: CreditStatus;
  readonly conditions: CreditConditions | null;
}
