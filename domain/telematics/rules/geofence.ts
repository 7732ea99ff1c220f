import type { WatchedRule } from '../fence.ts';
import type { FenceVerdict } from '../fences.ts';
import { isFix, type Fix } from '../fix.ts';
import type { RuleAnswer, LastingRule } from './rule.ts';
import type { Verdict } from '../verdict.ts';

/** What is told of a fence. */
interface Note {
  readonly geofenceId: string;
  readonly name: string;
  readonly rule: WatchedRule;
  /** Milliseconds of the fix before, where the vehicle was there between two fixes only. */
  readonly passedSince?: number;
}

/** By what fences said: what they say in the same words they mean of every message. */
const answers = new WeakMap<readonly FenceVerdict[], RuleAnswer<never, Note>>();

function answerOf(verdicts: readonly FenceVerdict[], rule: WatchedRule, before: Fix | null): RuleAnswer<never, Note> {
  const each: Record<string, { readonly holds: Verdict; readonly note: Note }> = {};
  for (const { fence, holds, passed } of verdicts) {
    const { id: geofenceId, revision, name } = fence;
    const passedSince = passed && before !== null ? { passedSince: before.ts } : {};
    each[`${geofenceId}.${revision}`] = { holds, note: { geofenceId, name, rule, ...passedSince } };
  }
  return { holds: false, each };
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
    let said = answers.get(each);
    if (said === undefined) answers.set(each, (said = answerOf(each, rule, from)));
    return said;
  },
  tell([first]) {
    const { passedSince, ...fence } = first?.note ?? {};
    if (passedSince === undefined) return { details: fence };
    return { severity: 'low', details: { ...fence, passedSince: new Date(passedSince).toISOString() } };
  },
});

export const geofenceExit = geofence('geofence_exit', 'stay_inside', 'outside of a fence to stay inside of,');
export const geofenceEnter = geofence('geofence_enter', 'stay_outside', 'inside of a fence to stay outside of,');
