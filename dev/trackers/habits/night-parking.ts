import type { Habit, Random } from './habit.ts';

/** Goes home in the evening and stays there until the morning. One in ten drives by night. */
export function nightParking(random: Random): Habit<boolean> {
  const drivesByNight = random() < 0.1;
  const [home, out] = [20 + 3 * random(), 4.5 + 2 * random()];
  return ({ hour }) => !drivesByNight && (hour >= home || hour < out);
}
