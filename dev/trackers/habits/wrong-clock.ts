import type { Habit, Random } from './habit.ts';

/** Milliseconds: the receiver counts 1,024 weeks and begins again, or was set by a wall clock in East Africa. */
const ROLLED_OVER = -1_024 * 7 * 86_400_000;
const LOCAL_TIME = 3 * 3_600_000;

/** The tracker's clock is wrong for good, of one in forty. @returns milliseconds ahead of the true time */
export function wrongClock(random: Random): Habit<number> {
  const error = random() < 1 / 40 ? (random() < 0.5 ? ROLLED_OVER : LOCAL_TIME) : 0;
  return () => error;
}
