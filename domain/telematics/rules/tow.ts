import { distance, isFix, type Place } from '../fix.ts';
import { alarm } from './alarm.ts';
import type { LastingRule } from './rule.ts';

/** Metres from where it parked beyond which a vehicle has been moved: receivers drift less. */
const MOVED = 200;

/** Where it stands with its engine off; null while the engine is on. */
interface Parked {
  readonly at: Pick<Place, 'lat' | 'lon'> | null;
}

/**
 * The vehicle moves without its engine: by the tracker, or with the ignition off away from where that was first said.
 * What comes late says nothing.
 */
export const tow: LastingRule<'tow', Parked, number> & { readonly words: readonly [string, ...string[]] } = {
  ...alarm({ type: 'tow', severity: 'high', words: ['tow'] }),
  begins: "the tracker's alarm; or the ignition off over 200 m from where it parked",
  ends: 'a message without it; the ignition is on, or it is back',
  look({ fix, late, suspect }, state) {
    // Of a tracker that does not know the ignition, its alarm is all.
    if (late || suspect || !isFix(fix) || fix.ignition === null) return state?.at == null ? false : null;
    if (fix.ignition) return { holds: false, state: { at: null } };
    const at = state?.at ?? { lat: fix.lat, lon: fix.lon };
    const metres = distance(at, fix) - (fix.accuracy ?? 0);
    return { holds: metres > MOVED, state: { at }, note: Math.round(metres) };
  },
  tell([first]) {
    const metres = first?.note;
    return { details: metres !== undefined && metres > MOVED ? { movedMetres: metres } : {} };
  },
};
