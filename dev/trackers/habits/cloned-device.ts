import type { Random } from './habit.ts';

/** Somebody has copied the tracker, of one in fifty: two of the same name speak, from two cities. */
export function clonedDevice(random: Random): boolean {
  return random() < 1 / 50;
}
