import { expect, it } from 'vitest';
import { missingOfCondition } from '../credit/assessment.ts';
import { isOver, mayFollow, refuseReadiness, transferStatuses } from './transfer.ts';

const ready = { overdue: 0, feesDue: 0, disputed: 0, credit: 0, outstanding: 100, openCases: 0 };

it.each([
  [{}, null],
  [{ outstanding: 0 }, 'nothing is owed'],
  [{ overdue: 1 }, 'overdue'],
  [{ feesDue: 1 }, 'late fees'],
  [{ disputed: 1 }, 'dispute'],
  [{ credit: 1 }, 'credit'],
  [{ openCases: 1 }, 'case'],
] as const)('a lease with %o is made over, or says why not: %s', (facts, why) => {
  const refused = refuseReadiness({ ...ready, ...facts });
  if (why === null) expect(refused).toBeNull();
  else expect(refused).toContain(why);
});

it('completes only what was accepted, and nothing that is over', () => {
  expect(transferStatuses.filter((status) => mayFollow(status, 'completed'))).toEqual(['accepted']);
  for (const status of transferStatuses.filter(isOver))
    expect(transferStatuses.some((next) => mayFollow(status, next))).toBe(false);
});

it.each([
  [{ price: 1_000, paid: 200 }, { depositPercent: 20 }, 0],
  [{ price: 1_000, paid: 199 }, { depositPercent: 20 }, 1],
  [{ price: 1_001, paid: 200 }, { depositPercent: 20 }, 1],
  [{ price: 1_000, paid: 0 }, null, 0],
] as const)('of %o a condition of %o misses %i', (sums, conditions, missing) => {
  expect(missingOfCondition(sums, conditions)).toBe(missing);
});
