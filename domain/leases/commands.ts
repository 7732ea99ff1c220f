import { adminOnly, everybody, staff, type Actor, type Role } from '../identity/roles.ts';
import type { AgendaItem } from './agenda.ts';
import { weekdays } from './due-day.ts';
import { hardTimes } from './hard-times.ts';
import { aheadChoices } from './paid-ahead.ts';
import { pauseKinds } from './pause.ts';
import {
  hasEnded,
  isApplication,
  heldStatuses as held,
  leaseStatuses,
  runningStatuses as running,
  takesPayments,
  takesPrompts,
  type LeaseStatus,
} from './status.ts';
import type { AskedIn, PlainIn, PreviewedIn, Row } from './told.ts';
import type { OrderOf } from './asks.ts';
import type { AlsoTold, OtherAnswers, OtherOrders } from './orders.ts';
import type { Standing } from './standing.ts';
import type { Command } from './wire.ts';
import { MOST_EXTENDED_HOURS } from '../vehicles/holds.ts';
import { frequencies } from '../vehicles/plan.ts';

type Statuses = readonly LeaseStatus[];
const those = (admits: (status: LeaseStatus) => boolean): Statuses => leaseStatuses.filter(admits);
const application = those(isApplication);
const paying = those(takesPayments);
const unended = those((status) => !hasEnded(status));
const collected: Statuses = ['active', 'in_arrears'];
const unpaused = those((status) => takesPrompts('instalment', status));

const text = { is: 'text' } as const;
const hour = { is: 'whole', least: 0, most: 23 } as const;
/** What an insurer pays for the loss, and what he files it under. */
const insurance = { is: 'parts', parts: { amount: { is: 'amount' }, reference: { is: 'text', most: 80 } } } as const;

/**
 * Every command: which people may give it, and in which statuses of the lease. The platform itself gives what it has to.
 * `asks` makes its route, at `path`, and the type of what the lease is told; the others have routes of their own, and their
 * types below. `does` names the activity of the lease that carries it out and answers where the lease stands then: its
 * workflow has no other story of it. `beside` marks a command that is kept for old histories only, since the API calls the use
 * case without the workflow; it says, for the documents, in which more statuses that use case books.
 *
 * They are the updates of a lease, of the same names. Names and meanings are never changed while leases run, what is asked
 * anew is optional, and leases hear commands in this order: a new one stands at the end.
 */
export const commands = {
  acceptOffer: {
    by: ['customer'],
    in: ['offered'],
    path: 'accept-offer',
    says: 'Accept the offer: the vehicle is held',
    asks: {},
  },
  sign: {
    by: ['customer'],
    in: ['reserved'],
    does: 'signAgreement',
  },
  withdraw: {
    by: everybody,
    in: application,
    path: 'withdraw',
    says: 'Withdraw before handover; what was paid is refunded',
    asks: { reason: { is: 'text', otherwise: 'withdrawn' } },
  },
  pay: { by: everybody, in: paying },
  settle: { by: everybody, in: running },
  receiveMoney: {
    by: staff,
    in: paying,
    beside: 'and after the end what is in dispute; money from suspense after any end',
  },
  changeCollection: {
    by: everybody,
    in: unended,
    does: 'changeCollection',
    path: 'collection',
    says: 'Payment methods in the order in which they are charged, and hours without prompts',
    asks: {
      paymentMethodIds: { is: 'ids', most: 5 },
      quietHours: { is: 'parts', parts: { from: hour, until: hour }, orNull: true },
    },
  },
  changePaymentMethod: { by: everybody, in: unended },
  decideCredit: { by: staff, in: ['assessing'] },
  handOver: {
    by: staff,
    in: ['awaiting_handover'],
    does: 'handOver',
    path: 'handover',
    says: 'Hand the vehicle over: the schedule begins',
    asks: { odometerKm: { is: 'whole', least: 0, most: 5_000_000 } },
  },
  pause: {
    by: everybody,
    in: collected,
    does: 'pauseLease',
    path: 'pause',
    says: 'Pause collections: every unpaid instalment moves by as many days',
    asks: { kind: { is: 'choice', of: pauseKinds }, days: { is: 'whole', least: 1, most: 60 } },
  },
  resume: {
    by: everybody,
    in: ['paused'],
    does: 'resumeLease',
    path: 'resume',
    says: 'End a pause before its time',
    asks: {},
  },
  promise: {
    by: everybody,
    in: collected,
    does: 'promisePayment',
    path: 'promise',
    says: 'Promise to pay on a day: nothing is prompted before it',
    asks: { on: { is: 'day' }, amount: { is: 'amount' } },
  },
  quoteSettlement: { by: everybody, in: running },
  restructure: {
    by: staff,
    in: collected,
    does: 'restructureLease',
    path: 'restructure',
    says: 'Spread what is owed over another number of instalments; the total price stays',
    asks: { instalments: { is: 'whole', least: 1, most: 1_500 }, reason: text },
    isPreviewed: true,
  },
  waiveFees: {
    by: staff,
    in: running,
    does: 'waiveFees',
    path: 'waive-fees',
    says: 'Forgive late fees that are not paid',
    asks: { amount: { is: 'amount' }, reason: text },
  },
  writeOff: {
    by: adminOnly,
    in: running,
    does: 'writeOffLease',
    path: 'write-off',
    says: 'Give up what is owed; later payments are recovery',
    asks: {
      reason: text,
      insurance: { ...insurance, optional: true },
    },
  },
  /** What was taken back after the end is in dispute. */
  reversePayment: { by: adminOnly, in: those((status) => takesPayments(status) || hasEnded(status)) },
  decideCashDay: { by: staff, in: unended },
  /** The books say which payments are unknown: a run that was reset does not know them all. */
  decideUnknown: { by: adminOnly, in: leaseStatuses },
  returnVehicle: {
    by: everybody,
    in: held,
    does: 'returnVehicle',
    path: 'return',
    says: 'Give the vehicle back and leave: nothing is owed but what is overdue',
    asks: { reason: { is: 'text', otherwise: 'the customer leaves' } },
  },
  reportTheft: { by: everybody, in: held, does: 'reportTheft' },
  recoverTheft: {
    by: staff,
    in: ['stolen'],
    does: 'recoverTheft',
    path: 'recover-theft',
    says: 'The stolen vehicle was found: the lease goes on',
    asks: { note: { is: 'text', optional: true } },
  },
  repossess: {
    by: staff,
    in: ['in_arrears', 'immobilised'],
    does: 'repossessVehicle',
    path: 'repossess',
    says: 'Take the vehicle back from a customer in arrears; after two thirds are paid by a court’s order',
    asks: {
      reason: { is: 'text', otherwise: 'arrears' },
      /** Of the written notice. */
      noticeOn: { is: 'day', optional: true },
      courtOrder: { is: 'text', most: 80, optional: true },
    },
  },
  changeDueDay: {
    by: everybody,
    in: ['active'],
    does: 'changeDueDay',
    path: 'due-day',
    says: 'Another day of the week, or of the month: instalments to come move to the next such day',
    asks: {
      weekday: { is: 'choice', of: weekdays, optional: true },
      day: { is: 'whole', least: 1, most: 31, optional: true },
    },
    isPreviewed: true,
  },
  changeFrequency: {
    by: ['customer'],
    in: ['active'],
    does: 'changeFrequency',
    path: 'frequency',
    says: 'Pay daily, weekly or monthly from now on; the total price stays',
    asks: { frequency: { is: 'choice', of: frequencies } },
    isPreviewed: true,
  },
  usePaidAhead: {
    by: everybody,
    in: ['active'],
    does: 'usePaidAhead',
    path: 'paid-ahead',
    says: 'What was paid ahead makes the lease shorter, or its instalments lower; the next one is due again',
    asks: { makes: { is: 'choice', of: aheadChoices } },
    isPreviewed: true,
  },
  reAge: {
    by: staff,
    in: collected,
    does: 'reAgeLease',
    path: 're-age',
    says: 'Move what is not paid until the oldest of it is due again; the lease ends later',
    asks: { reason: text },
    isPreviewed: true,
  },
  reAmortise: {
    by: staff,
    in: collected,
    does: 'reAmortiseLease',
    path: 're-amortise',
    says: 'Spread what is owed over the days to come; the lease ends when it did',
    asks: { reason: text },
    isPreviewed: true,
  },
  undoRestructure: {
    by: everybody,
    in: collected,
    does: 'undoRestructure',
    path: 'undo-restructure',
    says: 'Have the schedule as if the last restructure, re-ageing or re-amortising had never been',
    asks: { reason: text },
    isPreviewed: true,
  },
  totalLoss: {
    by: adminOnly,
    in: running,
    does: 'totalLoss',
    path: 'total-loss',
    says: 'The vehicle is lost for good: what an insurer pays is for what is owed, and the rest for the customer',
    asks: { reason: text, insurance: { ...insurance, optional: true } },
  },
  ...hardTimes,
  /** Its story tells the use case until when, which the lease knows by its own deadlines. */
  extendHold: {
    by: staff,
    in: ['reserved', 'awaiting_deposit'],
    path: 'extend-hold',
    says: 'Hold the vehicle longer, within a week in all, or a day where others wait for it: they are told',
    asks: { hours: { is: 'whole', least: 1, most: MOST_EXTENDED_HOURS }, reason: text },
  },
} as const satisfies Readonly<Record<string, Row>>;
export type LeaseCommand = keyof typeof commands;

type Table = typeof commands;
export type AskedCommand = AskedIn<Table>;
export type PreviewedCommand = PreviewedIn<Table>;
export type PlainCommand = PlainIn<Table>;
export const isAskedFor = (name: LeaseCommand): name is AskedCommand => 'asks' in commands[name];
export const isPreviewed = (name: AskedCommand): name is PreviewedCommand => 'isPreviewed' in commands[name];
export const isPlain = (name: LeaseCommand): name is PlainCommand => 'does' in commands[name];

export const leaseCommands = namesIn(commands);

function namesIn<All extends object>(table: All) {
  const names: Extract<keyof All, string>[] = [];
  for (const name in table) names.push(name);
  return names;
}

export type Order<Name extends LeaseCommand> = Name extends AskedCommand
  ? OrderOf<Table[Name]['asks']> & (Name extends keyof AlsoTold ? AlsoTold[Name] : unknown)
  : Name extends keyof OtherOrders
    ? OtherOrders[Name]
    : never;
/** As its use case is told it. */
export type Ordered<Name extends LeaseCommand> = Order<Name> & { readonly leaseId: string };
/** As it is sent: every command says who gives it. */
export type Asked<Name extends LeaseCommand> = Order<Name> & { readonly actor: Actor };
export type Answer<Name extends LeaseCommand> = Name extends keyof OtherAnswers ? OtherAnswers[Name] : Standing;

/** The activities that carry out the plain commands, beside those of `wire.ts`. */
export type PlainActivities = {
  [Name in PlainCommand as Table[Name]['does']]: (input: Ordered<Name> & Command) => Promise<Standing>;
};

/** In which statuses the lease itself may take which step of its agenda. */
export const steps: Readonly<Record<AgendaItem['do'], Statuses>> = {
  collect: unpaused,
  settle: running,
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
export function mayBeTaken(step: AgendaItem['do'], status: LeaseStatus): boolean {
  return steps[step].includes(status);
}
