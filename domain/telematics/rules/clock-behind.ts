import type { LastingRule } from './rule.ts';
import { clockFault } from './clock-ahead.ts';
import { FRESH } from '../immobilisation/gates.ts';

/** Milliseconds for which its messages come equally late: what a unit kept while it was away comes ever less late. */
const LASTING = 300_000;
/** Milliseconds by which messages that are equally late may differ: what networks take. */
const EQUALLY = 30_000;

/** Since when messages come late by as much, in milliseconds of the epoch, and by how much the first of them did. */
interface Behind {
  readonly since: number | null;
  readonly byMs: number;
}

/**
 * A tracker whose clock is behind: what it says is of a time that is over, so its vehicle is never seen as it is now, and
 * never stopped. Its positions stay what it says. A backlog is none: what is said last in it comes ever less late.
 */
export const clockBehind: LastingRule<'clock_behind', Behind, number> = {
  type: 'clock_behind',
  severity: 'medium',
  begins: 'five minutes of messages a minute behind or more, all by as much to within half a minute, and no other',
  ends: 'a message of now',
  ofClock: true,
  look({ behindMs, fix, late, receivedAt }, state) {
    if (behindMs === null) {
      if (late || receivedAt - fix.ts >= FRESH) return null;
      return state?.since == null ? false : { holds: false, state: { since: null, byMs: 0 } };
    }
    const goesOn = state?.since != null && Math.abs(behindMs - state.byMs) <= EQUALLY;
    const { since, byMs } = goesOn
      ? { since: state.since ?? receivedAt, byMs: state.byMs }
      : { since: receivedAt, byMs: behindMs };
    return { holds: receivedAt - since >= LASTING ? true : null, state: { since, byMs }, note: behindMs };
  },
  tell([first]) {
    const { seconds, timeZoneHours } = clockFault(first?.note ?? 0);
    const note =
      'What it says is never taken for now, so its vehicle is not stopped: an agent has its clock set right (a lasting supply, GPS or network time, UTC).';
    return { details: { behindSeconds: seconds, timeZoneHours: timeZoneHours === null ? null : -timeZoneHours, note } };
  },
};
