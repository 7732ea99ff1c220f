import type { LastingRule } from './rule.ts';

/** km/h below which a vehicle stands: receivers say no exact nought. */
const STANDS = 5;

/** The engine runs and the vehicle stands: a note on fuel and wear, and never a reason to stop it. */
export const idleTooLong: LastingRule<'idle_too_long'> = {
  type: 'idle_too_long',
  severity: 'low',
  begins: 'ten minutes with the ignition on below 5 km/h',
  ends: 'it drives, or the ignition is off; five minutes without a word',
  least: 600_000,
  gap: 300_000,
  look: ({ fix }) => (fix.ignition === null || fix.speedKph === null ? null : fix.ignition && fix.speedKph < STANDS),
};
