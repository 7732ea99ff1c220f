import { distance, METRES_PER_MS, type Fix } from './fix.ts';
import { SILENCE } from './presence.ts';

/** What is looked at of a fix to know how far a vehicle drove. */
export type Passed = Pick<Fix, 'ts' | 'sequence' | 'lat' | 'lon' | 'speedKph' | 'accuracy' | 'ignition'>;

/** What happened between two fixes that follow each other. */
type Leg =
  /** Nothing is known of it. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'standing' }
  | { readonly kind: 'moving'; readonly metres: number; readonly ms: number };

/** Milliseconds between two fixes beyond which nobody knows what happened: by then the tracker counts as lost. */
export const GAP = SILENCE;
/** Metres of radius beyond which a fix is passed over: that of a street corner is not of a road any more. */
const VAGUE = 100;
/** Metres that a receiver errs at least, whatever it says: open-sky GPS is within 5 to 10 m (GPS SPS, 95 %). */
const ERROR = 10;
/** Metres within which a vehicle that says it stands is not seen to move: among buildings receivers drift so far. */
const DRIFT = 100;
/** km/h from which a vehicle drives: Teltonika's usual start speed of a trip; a walk, and drift, is slower. */
const DRIVING = 5;

/** Whether a fix says where the vehicle drove. */
export const isExact = ({ accuracy }: Passed): boolean => (accuracy ?? 0) <= VAGUE;

/**
 * What happened between two exact fixes; `b` is the later. It follows from these two alone, so that sums over
 * parts of a time are the sum over the whole. An impossible jump is no distance, and neither is parked drift:
 * ignition off at both ends, or a distance that the receivers' errors explain.
 */
export function legBetween(a: Passed, b: Passed): Leg {
  const ms = b.ts - a.ts;
  if (ms > GAP) return { kind: 'gap' };
  const metres = distance(a, b);
  const parked = a.ignition === false && b.ignition === false;
  if (parked || metres > METRES_PER_MS * ms || metres <= unseen(a, b, metres, ms)) return { kind: 'standing' };
  return { kind: 'moving', metres, ms };
}

/** Metres that are no movement between two fixes, by their speeds and accuracies. */
function unseen(a: Passed, b: Passed, metres: number, ms: number): number {
  const driving = [a, b].filter(({ speedKph }) => (speedKph ?? 0) >= DRIVING).length;
  if (driving === 2) return 0;
  const errors = Math.max(a.accuracy ?? 0, ERROR) + Math.max(b.accuracy ?? 0, ERROR);
  if (driving === 1) return errors;
  if (metres * 3_600 < DRIVING * ms) return Infinity;
  const unknown = a.speedKph === null && b.speedKph === null;
  return unknown ? errors : Math.max(errors, DRIFT);
}

/** Exact fixes in the order of their times, one of a moment: order of arrival and repetition are gone. */
export function passedInOrder(fixes: readonly Passed[]): Passed[] {
  const sorted = fixes.filter(isExact).sort((a, b) => a.ts - b.ts || (a.sequence < b.sequence ? -1 : 1));
  return sorted.filter((fix, index) => fix.ts !== sorted[index - 1]?.ts);
}

/**
 * Metres driven on legs that end at `since` or later.
 *
 * @param fixes in order; those of `GAP` before `since` make the sum of two times the sum of both
 */
export function metresDriven(fixes: readonly Passed[], since = -Infinity): number {
  let sum = 0;
  for (const [index, fix] of fixes.entries()) {
    const before = fixes[index - 1];
    if (before === undefined || fix.ts < since) continue;
    const leg = legBetween(before, fix);
    if (leg.kind === 'moving') sum += leg.metres;
  }
  return sum;
}

const DAY = 86_400_000;

/**
 * The days of UTC whose sums a fix is of, in days of the epoch: its own, and the next where a leg may end in it. A leg
 * belongs to the day in which it ends.
 */
export function daysTouched(ts: number): readonly number[] {
  const [own, next] = [Math.floor(ts / DAY), Math.floor((ts + GAP) / DAY)];
  return own === next ? [own] : [own, next];
}
