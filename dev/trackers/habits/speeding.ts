import { nowAndThen, type Habit, type Random } from './habit.ts';

/** Goes much too fast, for up to a minute. */
export function speeding(random: Random): Habit<boolean> {
  const hurries = nowAndThen(random, 700, [20, 60]);
  return (moment) => hurries(moment) && !moment.parked;
}
