import type { CreditConditions } from '../credit/assessment.ts';
import type { CreditDecision } from '../credit/wire.ts';
import { adminOnly, everybody, staff, type Actor, type Role } from '../identity/roles.ts';
import type { ReceivedMoney } from '../payments/payment.ts';
import type { QuietHours } from '../payments/quiet-hours.ts';
import type { CashDayDecision, Reversal, UnknownDecision } from '../payments/wire.ts';
import type { Step } from './agenda.ts';
import type { PauseKind } from './pause.ts';
import type { SettlementQuote } from './settlement.ts';
import type { Standing } from './standing.ts';
import {
  hasEnded,
  isApplication,
  isRunning,
  leaseStatuses,
  takesPayments,
  takesPrompts,
  type LeaseStatus,
} from './status.ts';
import type { Command } from './wire.ts';

/** Of the lease that it is sent to. */
type Of<Order> = Omit<Order, 'leaseId'>;
/** The id of the payment that is pending now. */
interface Begun {
  readonly attemptId: string;
}

/**
 * What each command asks of a lease, and what it answers: the contract of its updates, which have the same names. Names and
 * meanings are never changed while leases run; new ones are added, and new fields are optional.
 */
export interface LeaseCommands {
  readonly acceptOffer: (order: object) => Standing;
  /** `name` is what the customer signs with. */
  readonly sign: (order: { readonly name: string }) => Standing;
  readonly handOver: (order: { readonly odometerKm: number }) => Standing;
  readonly withdraw: (order: { readonly reason: string }) => Standing;
  /** An agent decides a referred credit. @returns the id of the assessment. */
  readonly decideCredit: (
    order: Omit<CreditDecision, 'conditions'> & { readonly conditions?: CreditConditions },
  ) => string;
  /** A person's own payment, of any amount. */
  readonly pay: (order: {
    readonly attemptId: string;
    readonly paymentMethodId: string;
    readonly amount: number;
  }) => Begun;
  /** Collects a quote; answers with the first payment of several where one is not enough. */
  readonly settle: (order: {
    readonly quoteId: string;
    readonly attemptId: string;
    readonly paymentMethodId: string;
  }) => Begun;
  /** What settling costs on the lease's own today. */
  readonly quoteSettlement: (order: object) => SettlementQuote;
  /** Money that is there already: cash, or what the customer paid by himself. Answers when it is in the books. */
  readonly receiveMoney: (order: { readonly money: ReceivedMoney }) => Standing;
  /** The provider took a payment back, or cash was booked by mistake: undone by a counter-entry. */
  readonly reversePayment: (order: Of<Reversal>) => Standing;
  /** Somebody else than the agent who took cash confirms or rejects an earlier day on which he says that he took it. */
  readonly decideCashDay: (order: Of<CashDayDecision>) => Standing;
  /** An operator says what became of a payment that no provider can tell of. */
  readonly decideUnknown: (order: Of<UnknownDecision>) => Standing;
  /** Payment methods in the order in which they are charged, and local hours in which nobody is prompted. */
  readonly changeCollection: (order: {
    readonly paymentMethodIds: readonly string[];
    readonly quietHours: QuietHours | null;
  }) => Standing;
  readonly changePaymentMethod: (order: { readonly paymentMethodId: string }) => Standing;
  readonly pause: (order: { readonly kind: PauseKind; readonly days: number }) => Standing;
  readonly resume: (order: object) => Standing;
  /** `on` is a local day. */
  readonly promise: (order: { readonly on: string; readonly amount: number }) => Standing;
  readonly restructure: (order: { readonly instalments: number; readonly reason: string }) => Standing;
  readonly waiveFees: (order: { readonly amount: number; readonly reason: string }) => Standing;
  readonly writeOff: (order: {
    readonly reason: string;
    /** What an insurer pays for the loss, minor units, and what he files it under. */
    readonly insurance?: { readonly amount: number; readonly reference: string } | undefined;
  }) => Standing;
  /** The customer gives the vehicle back and leaves. */
  readonly returnVehicle: (order: { readonly reason: string }) => Standing;
  /** `stolenAt` is an ISO instant on the lease's clock; without it the theft was just now. */
  readonly reportTheft: (order: {
    readonly policeReference?: string | undefined;
    readonly stolenAt?: string | undefined;
    readonly note?: string | undefined;
  }) => Standing;
  /** `noticeOn` is the local day of the written notice, `courtOrder` the court's reference. */
  readonly repossess: (order: {
    readonly reason: string;
    readonly noticeOn?: string | undefined;
    readonly courtOrder?: string | undefined;
  }) => Standing;
  readonly recoverTheft: (order: { readonly note?: string | undefined }) => Standing;
}
export type LeaseCommand = keyof LeaseCommands;

export type Order<Name extends LeaseCommand> = Parameters<LeaseCommands[Name]>[0];
/** As its use case is told it. */
export type Ordered<Name extends LeaseCommand> = Order<Name> & { readonly leaseId: string };
/** As it is sent: every command says who gives it. */
export type Asked<Name extends LeaseCommand> = Order<Name> & { readonly actor: Actor };
export type Answer<Name extends LeaseCommand> = ReturnType<LeaseCommands[Name]>;

type Statuses = readonly LeaseStatus[];
const those = (admits: (status: LeaseStatus) => boolean): Statuses => leaseStatuses.filter(admits);
const application = those(isApplication);
const running = those(isRunning);
const paying = those(takesPayments);
const unended = those((status) => !hasEnded(status));
const collected: Statuses = ['active', 'in_arrears'];
/** The customer has the vehicle. */
const held: Statuses = ['active', 'in_arrears', 'immobilised', 'paused'];
const unpaused = those((status) => takesPrompts('instalment', status));

/**
 * Which people may give which command, and in which statuses of the lease. The platform itself gives what it has to.
 * `does` names the activity of the lease that carries it out and answers where the lease stands then: its workflow has
 * no other story of it. `beside` is a command that is not sent any more but booked beside the workflow, and what is taken
 * there beyond these statuses; the workflow takes it of histories that have it. Leases hear commands in this order, so that a new one stands at the end.
 */
export const commands = {
  acceptOffer: { by: ['customer'], in: ['offered'] },
  sign: { by: ['customer'], in: ['reserved'], does: 'signAgreement' },
  withdraw: { by: everybody, in: application },
  pay: { by: everybody, in: paying },
  settle: { by: everybody, in: running },
  receiveMoney: {
    by: staff,
    in: paying,
    beside: 'and after the end what is in dispute; money from suspense after any end',
  },
  changeCollection: { by: everybody, in: unended, does: 'changeCollection' },
  changePaymentMethod: { by: everybody, in: unended },
  decideCredit: { by: staff, in: ['assessing'] },
  handOver: { by: staff, in: ['awaiting_handover'], does: 'handOver' },
  pause: { by: everybody, in: collected, does: 'pauseLease' },
  resume: { by: everybody, in: ['paused'], does: 'resumeLease' },
  promise: { by: everybody, in: collected, does: 'promisePayment' },
  quoteSettlement: { by: everybody, in: running },
  restructure: { by: staff, in: collected, does: 'restructureLease' },
  waiveFees: { by: staff, in: running, does: 'waiveFees' },
  writeOff: { by: adminOnly, in: running, does: 'writeOffLease' },
  /** What was taken back after the end is in dispute. */
  reversePayment: { by: adminOnly, in: those((status) => takesPayments(status) || hasEnded(status)) },
  decideCashDay: { by: staff, in: unended },
  /** The books say which payments are unknown: a run that was reset does not know them all. */
  decideUnknown: { by: adminOnly, in: leaseStatuses },
  returnVehicle: { by: everybody, in: held, does: 'returnVehicle' },
  reportTheft: { by: everybody, in: held, does: 'reportTheft' },
  recoverTheft: { by: staff, in: ['stolen'], does: 'recoverTheft' },
  repossess: { by: staff, in: ['in_arrears', 'immobilised'], does: 'repossessVehicle' },
} as const satisfies Readonly<
  Record<
    LeaseCommand,
    { readonly by: readonly Role[]; readonly in: Statuses; readonly does?: string; readonly beside?: string }
  >
>;
export const leaseCommands = namesIn(commands);

function namesIn<Table extends object>(table: Table) {
  const names: Extract<keyof Table, string>[] = [];
  for (const name in table) names.push(name);
  return names;
}

/** Those that one activity of the lease carries out. */
export type PlainCommand = {
  [Name in LeaseCommand]: (typeof commands)[Name] extends { readonly does: string } ? Name : never;
}[LeaseCommand];
export const isPlain = (name: LeaseCommand): name is PlainCommand => 'does' in commands[name];

/** The activities that carry out the plain commands, beside those of `wire.ts`. */
export type PlainActivities = {
  [Name in PlainCommand as (typeof commands)[Name]['does']]: (input: Ordered<Name> & Command) => Promise<Standing>;
};

/** In which statuses the lease itself may take which step of its agenda. */
export const steps: Readonly<Record<Step['do'], Statuses>> = {
  collect: unpaused,
  remind: unpaused,
  charge_late_fees: unpaused,
  check_promise: unpaused,
  enter_arrears: ['active'],
  resume: ['paused'],
  warn_immobilisation: collected,
  immobilise: running,
  ask_unknown: leaseStatuses,
};

/** True where somebody may give the command, whatever the status. The platform itself is asked by nobody. */
export function mayGive(command: LeaseCommand, role: Actor['role']): boolean {
  const by: readonly Role[] = commands[command].by;
  return role === 'system' || by.includes(role);
}

/**
 * True where a lease takes a command. Its workflow asks this of the status that it knows, to answer at once; the use case
 * asks it again of the one that it reads with the lease locked: of two commands at the same moment the second meets what
 * the first has done.
 */
export function mayBeGiven(command: LeaseCommand, status: LeaseStatus): boolean {
  const statuses: Statuses = commands[command].in;
  return statuses.includes(status);
}

/** True where a lease may take a step of its agenda; one that may not be taken any more changes nothing. */
export function mayBeTaken(step: Step['do'], status: LeaseStatus): boolean {
  return steps[step].includes(status);
}
