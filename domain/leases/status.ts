import type { Phase } from '../ledger/ledger.ts';

export const leaseStatuses = [
  'applied',
  'verifying',
  'assessing',
  'offered',
  'reserved',
  'awaiting_deposit',
  'awaiting_handover',
  'active',
  'in_arrears',
  'immobilised',
  'paused',
  'stolen',
  'completed',
  'settled_early',
  'upgraded',
  'returned',
  'repossessed',
  'written_off',
  'total_loss',
  'declined',
  'withdrawn',
  'lapsed',
] as const;
export type LeaseStatus = (typeof leaseStatuses)[number];

/** The stages of an application, in their order. */
const stages: readonly LeaseStatus[] = leaseStatuses.slice(0, leaseStatuses.indexOf('active'));

/** True before handover: the customer has no vehicle yet. */
export function isApplication(status: LeaseStatus): boolean {
  return stages.includes(status);
}

/** True for an application that holds its vehicle. */
export const holdsVehicle = (status: LeaseStatus): boolean => isPast('offered', status);

/** True for an application whose `status` comes after the stage. */
export function isPast(stage: LeaseStatus, status: LeaseStatus): boolean {
  return stages.indexOf(status) > stages.indexOf(stage);
}

/** True when the life of the lease is over and nothing more is collected. */
export function hasEnded(status: LeaseStatus): boolean {
  return followers[status].length === 0;
}

/** True when the lease has ended with the vehicle being the customer's. */
export function isOwned(status: LeaseStatus): boolean {
  return status === 'completed' || status === 'settled_early';
}

const running: ReadonlySet<LeaseStatus> = new Set(['active', 'in_arrears', 'immobilised', 'paused', 'stolen']);

/** True from handover on: the customer has the vehicle and owes instalments. */
export function isRunning(status: LeaseStatus): boolean {
  return running.has(status);
}
export const runningStatuses: readonly LeaseStatus[] = leaseStatuses.filter(isRunning);
/** The customer has the vehicle. */
export const heldStatuses: readonly LeaseStatus[] = ['active', 'in_arrears', 'immobilised', 'paused'];

const givenUp: ReadonlySet<LeaseStatus> = new Set(['returned', 'repossessed', 'written_off', 'total_loss']);

/** True when the lease has ended without the vehicle being the customer's: what was owed is given up, and what comes later is recovery. */
export function isGivenUp(status: LeaseStatus): boolean {
  return givenUp.has(status);
}

/** As the books have it: a deposit is held until the handover, and what is paid of what was given up is recovery. */
export function phaseOf({ status }: { readonly status: LeaseStatus }): Phase {
  if (isGivenUp(status)) return 'written_off';
  return isRunning(status) ? 'running' : 'application';
}

/** `pay`, cash and pay-bill are taken from `awaiting_deposit` on, until the lease has ended; as recovery where it was given up. */
export function takesPayments(status: LeaseStatus): boolean {
  return status === 'awaiting_deposit' || status === 'awaiting_handover' || isRunning(status) || isGivenUp(status);
}

/**
 * True while a phone may be prompted for it: by the lease itself for its deposit, or for what is due outside of a
 * pause; by a person for a payment of his own or a settlement. What was ordered before is not sent any more after.
 */
export function takesPrompts(what: 'deposit' | 'instalment' | 'pay' | 'settlement', status: LeaseStatus): boolean {
  switch (what) {
    case 'deposit':
      return status === 'awaiting_deposit';
    case 'instalment':
      return isRunning(status) && status !== 'paused';
    case 'pay':
      return takesPayments(status);
    case 'settlement':
      return isRunning(status);
  }
}

/**
 * The status by which steps are taken: while collection waits for a stolen vehicle, the lease is as still as in a
 * pause. `pausedUntil` is the first local day on which it is collected again.
 */
export function paceOf({
  status,
  pausedUntil,
}: {
  readonly status: LeaseStatus;
  readonly pausedUntil: string | null;
}): LeaseStatus {
  return status === 'stolen' && pausedUntil !== null ? 'paused' : status;
}

const ends: readonly LeaseStatus[] = [
  'completed',
  'settled_early',
  'upgraded',
  'returned',
  'repossessed',
  'written_off',
  'total_loss',
];

/** Which status may follow which. What has ended stays as it is. */
export const followers: Readonly<Record<LeaseStatus, readonly LeaseStatus[]>> = {
  applied: ['verifying', 'withdrawn', 'lapsed'],
  verifying: ['assessing', 'withdrawn', 'lapsed'],
  assessing: ['offered', 'declined', 'withdrawn', 'lapsed'],
  offered: ['reserved', 'withdrawn', 'lapsed'],
  reserved: ['awaiting_deposit', 'withdrawn', 'lapsed'],
  awaiting_deposit: ['awaiting_handover', 'withdrawn', 'lapsed'],
  /** Back to the deposit when it is taken back before the handover. */
  awaiting_handover: ['active', 'awaiting_deposit', 'withdrawn', 'lapsed'],
  active: ['in_arrears', 'paused', 'immobilised', 'stolen', ...ends],
  in_arrears: ['active', 'paused', 'immobilised', 'stolen', ...ends],
  immobilised: ['active', 'in_arrears', 'paused', 'stolen', ...ends],
  paused: ['active', 'in_arrears', 'stolen', ...ends],
  stolen: ['active', 'in_arrears', 'immobilised', ...ends],
  completed: [],
  settled_early: [],
  upgraded: [],
  returned: [],
  repossessed: [],
  written_off: [],
  total_loss: [],
  declined: [],
  withdrawn: [],
  lapsed: [],
};

/** True when a lease may go from one status to the other; to where it is already is no step. */
export function mayFollow(from: LeaseStatus, to: LeaseStatus): boolean {
  return followers[from].includes(to);
}
