import { expect, it } from 'vitest';
import { HARDSHIP_DAYS, refuseRelief } from './hardship.ts';

const taken = [{ from: '2026-01-01', until: '2026-01-21', resumedOn: '2026-01-11' }];

it.each([
  [{ hardshipDays: 30 }, 30, [], true],
  [{ hardshipDays: 30 }, 31, [], false],
  [{ hardshipDays: 30 }, 20, taken, true],
  [{ hardshipDays: 30 }, 21, taken, false],
  [{}, HARDSHIP_DAYS, [], true],
  [{}, HARDSHIP_DAYS + 1, [], false],
  [{ hardshipDays: null }, 1, [], false],
] as const)('a plan of %o gives %i days beside what was taken: %o, %s', (plan, days, before, isGiven) => {
  expect(refuseRelief({ days, taken: before }, plan) === null).toBe(isGiven);
});
