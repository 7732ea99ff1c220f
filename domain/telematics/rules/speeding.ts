import { distance, isFix, type SaidFix } from '../fix.ts';
import type { LastingRule } from './rule.ts';

/** Speeding begins above the limit and a twentieth: that much a speedometer may err. */
const TOLERATED = 1.05;
/** From half as much again over the limit it is graver. */
const GRAVE = 1.5;

/** Of the way that its speed would have made. */
const STAYED = 0.1;

/** Receivers invent speeds while a vehicle is parked: its ignition is off, and it is where it was. */
function isParked(fix: SaidFix, before: SaidFix | null): boolean {
  if (fix.ignition !== false || before === null || !isFix(fix) || !isFix(before)) return false;
  const seconds = Math.abs(fix.ts - before.ts) / 1_000;
  return distance(before, fix) <= ((fix.speedKph ?? 0) / 3.6) * seconds * STAYED;
}

/** Too fast for the vehicle's limit. What is at no place, or at one that cannot be, says nothing about speed. */
export const speeding: LastingRule<'speeding'> = {
  type: 'speeding',
  severity: 'medium',
  begins: `over the limit × ${TOLERATED} for 15 s`,
  ends: 'a slower fix, or five minutes without one',
  least: 15_000,
  gap: 300_000,
  look: ({ fix, before, suspect, vehicle }) =>
    fix.speedKph === null || fix.lat === null || suspect || isParked(fix, before)
      ? null
      : fix.speedKph > vehicle.limitKph * TOLERATED,
  tell(run, { limitKph }) {
    const speedKph = Math.max(...run.map((fix) => fix.speedKph ?? 0));
    return { severity: speedKph > limitKph * GRAVE ? 'high' : 'medium', details: { speedKph, limitKph } };
  },
};
