import { alarm } from './alarm.ts';
import type { RuleAnswer, LastingRule } from './rule.ts';

/** Millivolts below which a vehicle's battery is not there: what is measured at open wires is some noise. */
const NO_POWER = 1_000;

/** Of a unit that measures the vehicle's battery: whether it has said that it is cut, and measured none since. */
interface Power {
  readonly cut: boolean;
}
const answers = {
  there: { holds: false, state: { cut: false } },
  cut: { holds: true, state: { cut: true } },
  unsaid: { holds: null, state: { cut: false } },
} as const satisfies Record<string, RuleAnswer<Power, never>>;

/**
 * The vehicle's battery was taken from the tracker. A unit says so once, and then measures none: by that alone no cut begins,
 * and none is over.
 */
export const powerCut: LastingRule<'power_cut', Power> & { readonly words: readonly [string, ...string[]] } = {
  ...alarm({ type: 'power_cut', severity: 'high', words: ['powerCut'], whileOwing: 'critical' }),
  ends: 'power of 1 V and more is measured; of a unit that measures none, a message without it',
  look({ fix, externalMv, late }, state) {
    if (externalMv === null && state === undefined) return false;
    const isThere = externalMv !== null && externalMv >= NO_POWER;
    if (late) return isThere ? false : null;
    if (fix.alarms.includes('power_cut')) return answers.cut;
    return isThere ? answers.there : state?.cut === true ? answers.cut : answers.unsaid;
  },
};
