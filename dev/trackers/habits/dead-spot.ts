import type { Habit } from './habit.ts';

/** Squares of a hundredth of a degree, a kilometre; in one of nine no network is heard on the road. */
const SQUARE = 0.01;
const ONE_OF = 9;

/** Drives through a place that no network reaches: the same ones for everybody. What is not sent is kept. */
export function deadSpot(): Habit<boolean> {
  return ({ place: [lat, lon], parked }) => {
    const [row, column] = [Math.floor(lat / SQUARE), Math.floor(lon / SQUARE)];
    return !parked && (Math.imul(row, 73_856_093) ^ Math.imul(column, 19_349_663)) % ONE_OF === 0;
  };
}
