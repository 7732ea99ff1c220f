import { expect, it } from 'vitest';
import { spacingMs, spreadOf, waitFor } from './pace.ts';

it('keeps to nine tenths of what a provider takes', () => {
  expect(1_000 / spacingMs(20)).toBeCloseTo(18);
});

it.each([
  ['that is over is taken at once', 900, { hereMs: 0 }],
  ['that is near is waited for', 2_000, { hereMs: 1_000 }],
  ['that is far comes again when it is there', 61_000, { againMs: 60_000 }],
])('a turn %s', (_what, turn, wait) => {
  expect(waitFor(turn, 1_000, 20_000)).toEqual(wait);
});

it('a short try waits for a quarter of itself at most', () => {
  expect(waitFor(1_600, 1_000, 2_000)).toEqual({ againMs: 600 });
});

/** The most prompts in any second, when each that comes takes the next turn and the far ones are dispatched again so late. */
function mostInASecond(arrivals: readonly number[], latency: number): number {
  let next = 0;
  const sent = arrivals.map((now) => {
    const turn = Math.max(next, now);
    next = turn + spacingMs(20);
    const wait = waitFor(turn, now, 20_000);
    return now + ('hereMs' in wait ? wait.hereMs : wait.againMs + latency);
  });
  const inOrder = sent.toSorted((a, b) => a - b);
  let first = 0;
  const counts = inOrder.map((at, i) => {
    while (at - (inOrder[first] ?? 0) >= 1_000) first += 1;
    return i - first + 1;
  });
  return counts.reduce((most, count) => Math.max(most, count), 0);
}

it.each([
  ['at once', 50],
  ['slowly', 500],
])('a hundred that are due together and dispatched %s keep to the limit in every second', (_how, latency) => {
  const arrivals = Array.from({ length: 100 }, () => 0);
  expect(mostInASecond(arrivals, latency)).toBeLessThanOrEqual(20);
});

it('spreads leases evenly over nine minutes, each always in the same place', () => {
  const ids = Array.from(
    { length: 9_000 },
    (_, i) => `00000000-0000-7000-8000-000000${((i * 7_919_317) % 0x1000000).toString(16).padStart(6, '0')}`,
  );
  const minutes = ids.map((id) => Math.floor(spreadOf(id) / 60_000));
  expect(ids.map(spreadOf)).toEqual(ids.map(spreadOf));
  for (let minute = 0; minute < 9; minute += 1) {
    const count = minutes.filter((one) => one === minute).length;
    expect(Math.abs(count - 1_000)).toBeLessThan(100);
  }
  expect(new Set(minutes).size).toBe(9);
});
