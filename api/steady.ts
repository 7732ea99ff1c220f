import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds that an answer about a phone takes at least: more than the work ever differs by. */
const FLOOR_MS = 120;

/** Answers, or refuses, no sooner than the floor, so that the time taken does not tell whom we know. */
export async function steadily<T>(work: Promise<T>, floorMs = FLOOR_MS): Promise<T> {
  await Promise.all([work.catch(() => undefined), wait(floorMs)]);
  return work;
}
