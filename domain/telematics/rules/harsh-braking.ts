import { alarm } from './alarm.ts';
import type { RuleFacts, LastingRule } from './rule.ts';
import type { Verdict } from '../verdict.ts';

/** Metres a second, each second: from here it is harsh; beyond an emergency stop on dry asphalt, as receivers smooth it, one erred. */
const HARSH = 2.7;
const POSSIBLE = 7;
/** Milliseconds between two fixes whose speeds tell of one braking, and not of two clocks or of two corners. */
const [SHORTEST, LONGEST] = [800, 2_000];

/** The driver braked too hard, by the tracker or by the speeds of two fixes: several within half a minute are one. */
export const harshBraking: LastingRule<'harsh_braking'> & { readonly words: readonly [string, ...string[]] } = {
  ...alarm({
    type: 'harsh_braking',
    severity: 'low',
    words: ['hardBraking', 'harshBraking'],
    gap: 30_000,
  }),
  begins: `the tracker's alarm; or ${HARSH} m/s² between two fixes at most two seconds apart`,
  look: (facts) => isHarsh(facts),
};

function isHarsh({ fix, before, suspect }: RuleFacts): Verdict {
  if (suspect || before === null || before.speedKph === null || fix.speedKph === null) return false;
  const ms = fix.ts - before.ts;
  if (ms < SHORTEST || ms > LONGEST) return false;
  const braking = ((before.speedKph - fix.speedKph) / 3.6 / ms) * 1_000;
  return braking >= HARSH && braking <= POSSIBLE;
}
