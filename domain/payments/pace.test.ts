import { expect, it } from 'vitest';
import { furthest, spacingMs, SPREAD_MS, stands, waitFor } from './pace.ts';
import { spreadOf } from '../spread.ts';

it('keeps to nine tenths of what a provider takes', () => {
  expect(1_000 / spacingMs(20)).toBeCloseTo(18);
});

it.each([
  ['that is over is taken at once', 900, { hereMs: 0 }],
  ['that is near is waited for', 2_000, { hereMs: 1_000 }],
  ['that is far comes again a little before it', 61_000, { againMs: 59_250 }],
  ['that is an hour away is looked at again in ten minutes', 3_601_000, { againMs: 600_000 }],
])('a turn %s', (_what, turn, wait) => {
  expect(waitFor(turn, 1_000, 20_000)).toEqual(wait);
});

it('a short try waits for a quarter of itself at most', () => {
  expect(waitFor(1_600, 1_000, 2_000)).toEqual({ againMs: 350 });
});

/** The most prompts in any second, when each that comes takes the next turn and the far ones are dispatched again so late. */
function mostInASecond(arrivals: readonly number[], latency: number): number {
  let next = 0;
  const sent = arrivals.map((now) => {
    const turn = Math.max(next, now);
    next = turn + spacingMs(20);
    const wait = waitFor(turn, now, 20_000);
    return 'hereMs' in wait ? turn : Math.max(turn, now + wait.againMs + latency);
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
  ['a hundred at once', 100, 0, 50],
  ['a hundred at once, dispatched again slowly', 100, 0, 700],
  ['ten thousand of a morning', 10_000, SPREAD_MS, 50],
  ['ten thousand of a morning, dispatched again slowly', 10_000, SPREAD_MS, 700],
])('%s keep to the limit in every second', (_what, count, spread, latency) => {
  const parts = Array.from({ length: count }, (_, i) => ((i * 7_919_317) % 0x1000000) / 0x1000000);
  const arrivals = parts.map((part) => part * spread).toSorted((a, b) => a - b);
  expect(mostInASecond(arrivals, latency)).toBeLessThanOrEqual(20);
});

it.each([
  ['those who wait take', { taken: 107, first: 8 }, 111_000],
  ['a moment takes, when nobody waits', { taken: 107, first: null }, 11_000],
])('the next turn is no further away than %s', (_what, queue, away) => {
  expect(furthest(queue, 1_000_000, 1_000) - 1_000_000).toBe(away);
});

it.each([
  ['long over', -6_000, 60_000, false],
  ['just over', -4_000, 60_000, true],
  ['to come', 50_000, 60_000, true],
  ['behind the next one', 70_000, 60_000, false],
  ['further away than anybody explains', 200_000, 300_000, false],
])('a turn that is %s stands or not', (_what, away, next, expected) => {
  const queue = { nextAt: 1_000_000 + next, taken: 107, first: 8 };
  expect(stands(1_000_000 + away, queue, 1_000_000, 1_000)).toBe(expected);
});

it('spreads leases evenly over nine minutes, each always in the same place', () => {
  const ids = Array.from(
    { length: 9_000 },
    (_, i) => `00000000-0000-7000-8000-000000${((i * 7_919_317) % 0x1000000).toString(16).padStart(6, '0')}`,
  );
  const minutes = ids.map((id) => Math.floor(spreadOf(id, SPREAD_MS) / 60_000));
  const spread = () => ids.map((id) => spreadOf(id, SPREAD_MS));
  expect(spread()).toEqual(spread());
  for (let minute = 0; minute < 9; minute += 1) {
    const count = minutes.filter((one) => one === minute).length;
    expect(Math.abs(count - 1_000)).toBeLessThan(100);
  }
  expect(new Set(minutes).size).toBe(9);
});
