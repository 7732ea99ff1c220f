import { expect, it } from 'vitest';
import { asOfNow, mayBeOvertaken, type LeaseNow } from './as-of-now.ts';
import type { Notice } from './written.ts';

const nothing: LeaseNow = {
  depositDue: 0,
  dueNow: 0,
  instalment: 0,
  feesDue: 0,
  overdue: 0,
  daysPastDue: 0,
  isWarned: false,
};
const sum = (amount: number) => ({ amount, currency: 'UGX' }) as const;

it('a raise of the evening is told in the morning unless it was undone in the night', () => {
  const raised: Notice = {
    template: 'instalment_raised',
    before: sum(10_000),
    instalment: sum(90_000),
    until: '2026-01-20',
    reference: 'RTO-1',
  };
  expect(mayBeOvertaken(raised)).toBe(true);
  expect(asOfNow(raised, { ...nothing, instalment: 90_000 })).toBe(raised);
  expect(asOfNow(raised, { ...nothing, instalment: 10_000 })).toBeNull();
});
