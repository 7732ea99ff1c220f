import { distance, isFix, type Fix, type Place } from '../fix.ts';
import { alarm } from './alarm.ts';
import type { RuleAnswer, LastingRule } from './rule.ts';

/** Metres from where it parked beyond which a vehicle has been moved: receivers drift less. */
const MOVED = 200;
/** What stays within so many metres for so many milliseconds has been put down: it is parked there. */
const PUT_DOWN = 100;
const PUT_DOWN_FOR = 300_000;
/** Who has been moved and put down so often, with the ignition off all the time, rides: his unit has no wire to the ignition. */
const UNWIRED = 2;

/** Where it stands with its engine off, and how it was moved from there; `at` is null while the engine is on. */
interface Parked {
  readonly at: Pick<Place, 'lat' | 'lon'> | null;
  /** Times that it was moved and put down since the engine was on. */
  readonly moves?: number;
  /** Fixes away from there that follow one another, and the place that the last of them have not left. */
  readonly away?: { readonly fixes: number; readonly since: Place };
}

/**
 * The vehicle moves without its engine: by the tracker, or with the ignition off away from where that was first said, by two
 * fixes that follow one another. What comes late says nothing.
 */
export const tow: LastingRule<'tow', Parked, number> & { readonly words: readonly [string, ...string[]] } = {
  ...alarm({ type: 'tow', severity: 'high', words: ['tow'] }),
  begins: "the tracker's alarm; or the ignition off over 200 m from where it parked, by two fixes",
  ends: 'a message without it; the ignition is on, it is back, or it stands elsewhere for five minutes',
  look({ fix, late, suspect }, state) {
    // Of a tracker that does not know the ignition, its alarm is all.
    if (late || suspect || !isFix(fix) || fix.ignition === null) return state?.at == null ? false : null;
    if (fix.ignition) return { holds: false, state: { at: null } };
    const { at, moves = 0, away } = { ...state, at: state?.at ?? { lat: fix.lat, lon: fix.lon } };
    const metres = distance(at, fix) - (fix.accuracy ?? 0);
    const note = Math.round(metres);
    if (metres <= MOVED) return { holds: false, state: { at, moves }, note };
    return { ...movedOn(fix, { at, moves, away }), note };
  },
  tell([first]) {
    const metres = first?.note;
    return { details: metres !== undefined && metres > MOVED ? { movedMetres: metres } : {} };
  },
};

/** By one more fix away from where it parked. The first may be astray. */
function movedOn(
  { ts, lat, lon }: Fix,
  { at, moves, away }: { readonly at: Parked['at']; readonly moves: number; readonly away: Parked['away'] },
): RuleAnswer<Parked, number> {
  const since = away !== undefined && distance(away.since, { lat, lon }) <= PUT_DOWN ? away.since : { ts, lat, lon };
  const fixes = (away?.fixes ?? 0) + 1;
  if (fixes > 2 && ts - since.ts >= PUT_DOWN_FOR) return { holds: false, state: { at: since, moves: moves + 1 } };
  const state = { at, moves, away: { fixes, since } };
  if (moves >= UNWIRED) return { holds: false, state };
  return { holds: fixes === 1 ? 'seems' : true, state };
}
