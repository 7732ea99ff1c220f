import { expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { daysOwed } from './maintenance.ts';

it.each([
  ['motorcycle', '2026-06-03', 0],
  ['motorcycle', '2026-06-04', 1],
  ['car', '2026-06-04', 0],
  ['truck', '2026-06-16', 10],
  ['van', '2026-06-01', 0],
] as const)('a %s that was in the workshop from 1 June to %s owes %s days', (type, done, days) => {
  expect(daysOwed(type, localDate('2026-06-01'), localDate(done))).toBe(days);
});
