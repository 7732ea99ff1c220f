import { nowAndThen, type Habit, type Random } from './habit.ts';

/** The vehicle's battery is taken from the tracker, which lives on by its own. */
export function powerCut(random: Random): Habit<boolean> {
  return nowAndThen(random, 1_200, [30, 120]);
}
