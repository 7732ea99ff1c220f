import { distance, type Place } from './fix.ts';

/** Where the vehicle is believed to be, and a jump that waits for a second fix to agree. */
export interface Whereabouts {
  readonly believed: Place | null;
  readonly candidate: Place | null;
}

export interface Judgement {
  readonly whereabouts: Whereabouts;
  readonly suspect: boolean;
  /** Suspect, and not for coming late: the first of them is an event. */
  readonly jumped: boolean;
}

/** No vehicle of ours goes faster than 250 km/h. */
export const METRES_PER_MS = 250 / 3_600;
/** Two fixes of one moment may differ by so many metres. */
const TOLERANCE = 150;

/** Whether a vehicle could have been at both places. */
export function reachable(a: Place, b: Place): boolean {
  return distance(a, b) <= TOLERANCE + METRES_PER_MS * Math.abs(b.ts - a.ts);
}

/**
 * Judges the next fix of a vehicle. A fix that cannot be reached from the believed place is suspect; the
 * next one that agrees with it makes it believed. A fix older than the believed place moves nothing.
 */
export function judge(whereabouts: Whereabouts, fix: Place): Judgement {
  const { believed, candidate } = whereabouts;
  const place = { ts: fix.ts, lat: fix.lat, lon: fix.lon };
  if (believed === null) return { whereabouts: { believed: place, candidate: null }, suspect: false, jumped: false };
  const possible = reachable(believed, fix);
  if (fix.ts <= believed.ts) return { whereabouts, suspect: !possible, jumped: false };
  if (possible) return { whereabouts: { believed: place, candidate: null }, suspect: false, jumped: false };
  if (candidate !== null && fix.ts <= candidate.ts) return { whereabouts, suspect: true, jumped: true };
  if (candidate !== null && reachable(candidate, fix)) {
    return { whereabouts: { believed: place, candidate: null }, suspect: false, jumped: false };
  }
  return { whereabouts: { believed, candidate: place }, suspect: true, jumped: true };
}
