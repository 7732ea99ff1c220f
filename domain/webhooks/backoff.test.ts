import { expect, it } from 'vitest';
import { waitBeforeRetry, nextTurn, PATIENCE } from './backoff.ts';

const began = new Date('2026-11-28T12:00:00Z');
const deadline = new Date(began.getTime() + PATIENCE);

it('a delivery is tried for five days, ever more rarely, the last time when they are over', () => {
  const tries: number[] = [0];
  for (let failed = 1, now = 0; ; failed += 1) {
    const pause = waitBeforeRetry({ failed, at: new Date(began.getTime() + now), deadline }, null, 0);
    if (pause === null) break;
    now += pause;
    tries.push(now / 60_000);
  }
  expect(tries.slice(0, 4)).toEqual([0, 1 / 60, 6 / 60, 36 / 60]);
  expect(tries.at(-1)).toBe(5 * 24 * 60);
  expect(tries.length).toBe(15);
});

it('Retry-After makes a pause longer, a day at most, and never shorter', () => {
  const after = (asked: number, failed = 1) => waitBeforeRetry({ failed, at: began, deadline }, asked, 1);
  expect([after(0), after(10_000), after(1, 4)]).toEqual([1_100, 10_000, 132_000]);
  expect(after(30 * 86_400_000)).toBe(86_400_000);
});

it.each([
  ['at first', 0, 5_000],
  ['then as long as it has waited', 20_000, 20_000],
  ['a minute at most', 3_600_000, 60_000],
  ['never longer than its time', PATIENCE - 100, 100],
  ['and not beyond it', PATIENCE, null],
])('one that was not sent waits for its turn: %s', (_, waited, pause) => {
  expect(nextTurn({ at: new Date(began.getTime() + waited), deadline }, 0)).toBe(pause);
});
