import type { Habit, Random } from './habit.ts';

/** In the hours when everybody goes to work and back: short stops, slow roads. Both are shares of what is usual. */
export function commute(random: Random): Habit<{ readonly stop: number; readonly pace: number }> {
  const [morning, evening] = [6.3 + random(), 16.3 + random()];
  return ({ hour }) => {
    const peak = (hour >= morning && hour < morning + 2.5) || (hour >= evening && hour < evening + 3);
    return peak ? { stop: 0.3, pace: 0.6 } : { stop: 1, pace: 1 };
  };
}
