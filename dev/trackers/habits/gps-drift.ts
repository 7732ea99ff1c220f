import type { Habit, Random } from './habit.ts';

/** Metres of a step, and how much of the way back to the truth each brings. */
const STEP = 6;
const BACK = 0.1;
/** Between houses: how often a reflection throws a fix off, and by how many metres at most. */
const REFLECTED = 0.01;
const THROWN = 60;

/** The place of what stands still wanders, and now and then leaps. @returns metres to the north and to the east */
export function gpsDrift(random: Random): Habit<readonly [north: number, east: number]> {
  let drift: readonly [number, number] = [0, 0];
  const around = (metres: number) => (random() - 0.5) * 2 * metres;
  return ({ parked }) => {
    const step = random() < REFLECTED ? THROWN : STEP;
    const [north, east] = drift;
    drift = parked ? [north * (1 - BACK) + around(step), east * (1 - BACK) + around(step)] : [0, 0];
    return drift;
  };
}
