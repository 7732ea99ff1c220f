import { daysBetween, type LocalDate } from '../../calendar.ts';
import { hasEnded, type LeaseStatus } from '../../leases/status.ts';

/** Why a vehicle is stopped. A relay is tested by the same way, at the fitting. */
export const causes = ['arrears', 'staff', 'theft', 'relay_test', 'stray'] as const;
export type StopCause = (typeof causes)[number];

/** It is stopped since its customer owes, by itself or by an order. */
export const isDebt = (cause: StopCause): boolean => cause === 'arrears' || cause === 'staff';

/**
 * One immobilisation from its warning to the vehicle's moving again:
 * `warned` the notice runs · `awaiting_confirmation` a second person has to confirm a manual order · `waiting` for the
 * gates to open · `stopping` a command is under way · `stopped` seen at the output · `starting` it has to move, until that
 * is seen · `ended`.
 */
export const episodeStates = [
  'warned',
  'awaiting_confirmation',
  'waiting',
  'stopping',
  'stopped',
  'starting',
  'ended',
] as const;
export type EpisodeState = (typeof episodeStates)[number];

/** Why it has ended, or is to. */
export const endings = [
  'paid',
  'paused',
  'lease_ended',
  'not_allowed',
  'order_withdrawn',
  'tested',
  'not_stopped',
  'stray',
] as const;
export type EndReason = (typeof endings)[number];

/** Hours that an emergency restart lasts, on the lease's clock. Source: docs/immobilisation.md, "no emergency restart".  */
export const EMERGENCY_HOURS = 48;

/** Milliseconds in which another person confirms an order, on the clock of the lease. */
const CONFIRMED_WITHIN = 24 * 3_600_000;

interface Order {
  readonly state: EpisodeState;
  readonly createdAt: Date;
}

/**
 * Milliseconds in which an order can still be confirmed; null where none waits for that. Nobody has to look at it for it to be over.
 *
 * @param at on the lease's clock
 */
export const confirmableFor = ({ state, createdAt }: Order, at: Date): number | null =>
  state === 'awaiting_confirmation' ? Math.max(0, createdAt.getTime() + CONFIRMED_WITHIN - at.getTime()) : null;

/** What a lease's row says of the reason to stop its vehicle. */
interface Debtor {
  readonly status: LeaseStatus;
  readonly oldestUnpaidOn: LocalDate | null;
}

/**
 * Why a vehicle that is stopped, or about to be, has to move again: its lease is over, paused, or not late enough any
 * more. Days past due at the threshold are not beyond it (contract: "at or below the threshold mobilises").
 *
 * @param today on the lease's clock
 * @returns null while the reason to stop it goes on.
 */
export function liftedBy({ status, oldestUnpaidOn }: Debtor, threshold: number, today: LocalDate): EndReason | null {
  if (hasEnded(status)) return 'lease_ended';
  if (status === 'paused') return 'paused';
  // Where a vehicle is that was reported stolen nobody knows: it moves again when it is found, or paid for.
  if (oldestUnpaidOn === null || daysBetween(oldestUnpaidOn, today) <= threshold) return 'paid';
  return null;
}

/**
 * What becomes of an immobilisation whose reason is gone. A vehicle that may have been told to stop has to be seen moving;
 * one that was not has nothing to be told.
 *
 * @param commanded whether it was told to stop since it was last seen to move
 */
export function lifted(state: EpisodeState, commanded: boolean): 'starting' | 'ended' {
  return commanded || state === 'stopping' || state === 'stopped' || state === 'starting' ? 'starting' : 'ended';
}
