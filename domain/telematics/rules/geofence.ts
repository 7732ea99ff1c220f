import type { WatchedRule } from '../fence.ts';
import { isFix } from '../fix.ts';
import type { LastingRule } from './rule.ts';

/** What is told of a fence. */
interface Note {
  readonly geofenceId: string;
  readonly name: string;
  readonly rule: WatchedRule;
  /** Milliseconds of the fix before, where the vehicle was there between two fixes only. */
  readonly passedSince?: number;
}

/**
 * A vehicle is where a fence forbids it to be, an episode for each fence. The way back ends it. A fence with another
 * area, rule or vehicles is another one, and so is its episode.
 */
const geofence = <const Type extends string>(
  type: Type,
  rule: WatchedRule,
  begins: string,
): LastingRule<Type, never, Note> => ({
  type,
  severity: 'medium',
  begins: `${begins} by a fix, or by two within 20 m of its border; or between two fixes`,
  ends: 'the way back; the fence is changed or gone',
  look({ fix, before, receivedAt, suspect, vehicle }) {
    if (suspect || !isFix(fix)) return null;
    const from = before !== null && isFix(before) ? before : null;
    const each = vehicle.fences.judge(rule, vehicle, { fix, before: from, receivedAt });
    if (each.length === 0) return false;
    return {
      holds: false,
      each: Object.fromEntries(
        each.map(({ fence: { id: geofenceId, revision, name }, holds, passed }) => {
          const passedSince = passed && from !== null ? { passedSince: from.ts } : {};
          return [`${geofenceId}.${revision}`, { holds, note: { geofenceId, name, rule, ...passedSince } }];
        }),
      ),
    };
  },
  tell([first]) {
    const { passedSince, ...fence } = first?.note ?? {};
    if (passedSince === undefined) return { details: fence };
    return { severity: 'low', details: { ...fence, passedSince: new Date(passedSince).toISOString() } };
  },
});

export const geofenceExit = geofence('geofence_exit', 'stay_inside', 'outside of a fence to stay inside of,');
export const geofenceEnter = geofence('geofence_enter', 'stay_outside', 'inside of a fence to stay outside of,');
