import { expect, it } from 'vitest';
import { askedOf, guaranteeCapOf, guaranteeStatuses, isCalled, mayFollow } from './guarantee.ts';

const late = { daysPastDue: 15, after: 14, notices: 2, calls: 0, lastCallDays: null };

it.each([
  [{}, true],
  [{ daysPastDue: 14 }, false],
  [{ notices: 1 }, false],
  [{ calls: 1, lastCallDays: 6 }, false],
  [{ calls: 1, lastCallDays: 7 }, true],
  [{ calls: 3, lastCallDays: 30 }, false],
] as const)('who answers for a lease that is %o is called upon: %s', (facts, expected) => {
  expect(isCalled({ ...late, ...facts })).toBe(expected);
});

it('answers for a part of the price in whole units, and never for more', () => {
  expect(guaranteeCapOf(1_000_050, { guarantorPercent: 30 }, 100)).toBe(300_000);
  expect(guaranteeCapOf(1_000_050, {}, 1)).toBe(300_015);
  const asked = [
    [500, 0],
    [200, 0],
    [500, 250],
    [500, 310],
  ].map(([overdue = 0, paid = 0]) => askedOf(overdue, { cap: 300, paid }));
  expect(asked).toEqual([300, 200, 50, 0]);
});

it('consents only once he is asked', () => {
  expect(guaranteeStatuses.filter((status) => mayFollow(status, 'consented'))).toEqual(['invited']);
});
