import type { LastingRule } from './rule.ts';

/** Milliseconds for which nothing else comes of a unit whose clock is wrong: one message may be astray. */
const LASTING = 300_000;
const HALF_HOUR = 1_800_000;
/** Milliseconds by which a clock that tells another zone's time may differ from it. */
const NEARLY = 120_000;
/** No zone is further from UTC. */
const FURTHEST = 14 * 3_600_000;

/** When the first of those messages came that nothing believable has followed, in milliseconds of the epoch. */
interface Ahead {
  readonly since: number | null;
}

/**
 * A tracker whose clock is ahead: what it says of its place is believed no more, so its vehicle is neither found nor stopped.
 * A whole number of half hours is a time zone that is set in the unit and should not be.
 */
export const clockAhead: LastingRule<'clock_ahead', Ahead, number> = {
  type: 'clock_ahead',
  severity: 'medium',
  begins: 'five minutes of messages over two minutes ahead, and no other',
  ends: 'a message whose time can be believed',
  look({ aheadMs, receivedAt }, state) {
    if (aheadMs === null) return state?.since == null ? false : { holds: false, state: { since: null } };
    const since = state?.since ?? receivedAt;
    return { holds: receivedAt - since >= LASTING ? true : null, state: { since }, note: aheadMs };
  },
  tell([first]) {
    const { seconds, timeZoneHours } = clockFault(first?.note ?? 0);
    return { details: { aheadSeconds: seconds, timeZoneHours } };
  },
};

/** By how much a clock is wrong, and as hours where that is another zone's time. */
export function clockFault(ms: number): { readonly seconds: number; readonly timeZoneHours: number | null } {
  const zone = Math.round(ms / HALF_HOUR) * HALF_HOUR;
  const isZone = zone > 0 && zone <= FURTHEST && Math.abs(ms - zone) <= NEARLY;
  return { seconds: Math.round(ms / 1_000), timeZoneHours: isZone ? zone / (2 * HALF_HOUR) : null };
}
