import type { Step } from './agenda.ts';
import { hasEnded, isApplication, isRunning, takesPayments, takesPrompts, type LeaseStatus } from './status.ts';

type Admits = (status: LeaseStatus) => boolean;

const is =
  (...admitted: readonly LeaseStatus[]): Admits =>
  (status) =>
    admitted.includes(status);
const always: Admits = () => true;
const isCollected = is('active', 'in_arrears');
const untilEnd: Admits = (status) => !hasEnded(status);
const outsideOfPause: Admits = (status) => takesPrompts('instalment', status);

/** In which status a person may give which command. */
const commands = {
  decideCredit: is('assessing'),
  acceptOffer: is('offered'),
  sign: is('reserved'),
  withdraw: isApplication,
  handOver: is('awaiting_handover'),
  pay: takesPayments,
  settle: isRunning,
  quoteSettlement: isRunning,
  receiveMoney: takesPayments,
  changeCollection: untilEnd,
  changePaymentMethod: untilEnd,
  pause: isCollected,
  resume: is('paused'),
  promise: isCollected,
  restructure: isCollected,
  waiveFees: isRunning,
  writeOff: isRunning,
  /** What was taken back after the end is in dispute. */
  reversePayment: (status) => takesPayments(status) || hasEnded(status),
  decideCashDay: untilEnd,
  /** The books say which payments are unknown: a run that was reset does not know them all. */
  decideUnknown: always,
} as const satisfies Record<string, Admits>;

/** In which status the lease itself may take which step of its agenda. */
const steps: Readonly<Record<Step['do'], Admits>> = {
  collect: outsideOfPause,
  remind: outsideOfPause,
  charge_late_fees: outsideOfPause,
  check_promise: outsideOfPause,
  enter_arrears: is('active'),
  resume: is('paused'),
  ask_unknown: always,
};

export type LeaseCommand = keyof typeof commands;

/**
 * True where a person may give a lease the command. Its workflow asks this of the status that it knows, to answer at
 * once; the use case asks it again of the one that it reads with the lease locked: of two commands at the same moment
 * the second meets what the first has done.
 */
export function mayBeGiven(command: LeaseCommand, status: LeaseStatus): boolean {
  return commands[command](status);
}

/** True where a lease may take a step of its agenda; one that may not be taken any more changes nothing. */
export function mayBeTaken(step: Step['do'], status: LeaseStatus): boolean {
  return steps[step](status);
}
