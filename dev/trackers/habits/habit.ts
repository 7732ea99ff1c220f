import type { Point } from '../roads/road.ts';

/** What habits decide by: one step of a vehicle's life. */
export interface Moment {
  /** Seconds that the step takes. */
  readonly seconds: number;
  /** Hours since midnight where the vehicle is, with their fraction. */
  readonly hour: number;
  readonly place: Point;
  readonly parked: boolean;
}

/** Numbers in [0, 1): the same ones give the same life. */
export type Random = () => number;

/** What one vehicle, its driver or its tracker does, asked in every step. A habit is a file with the function that makes it. */
export type Habit<T> = (moment: Moment) => T;

/** What happens now and then, every so many seconds on average, and then lasts for some. */
export function nowAndThen(random: Random, every: number, [least, most]: readonly [number, number]) {
  let left = 0;
  return ({ seconds }: Moment): boolean => {
    left = Math.max(0, left - seconds);
    if (left === 0 && random() < seconds / every) left = least + random() * (most - least);
    return left > 0;
  };
}
