import { expect, it } from 'vitest';
import { spacingMs, spreadOf, waitFor } from './pace.ts';

it('keeps to nine tenths of what a provider takes', () => {
  expect(1_000 / spacingMs(20)).toBeCloseTo(18);
});

it.each([
  ['that is over is taken at once', 900, { hereMs: 0 }],
  ['that is near is waited for', 2_000, { hereMs: 1_000 }],
  ['that is far comes again a little before it', 61_000, { againMs: 59_250 }],
])('a turn %s', (_what, turn, wait) => {
  expect(waitFor(turn, 1_000, 20_000)).toEqual(wait);
});

it('a short try waits for a quarter of itself at most', () => {
  expect(waitFor(1_600, 1_000, 2_000)).toEqual({ againMs: 350 });
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
