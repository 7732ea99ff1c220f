import { describe, expect, it } from 'vitest';
import { staysInDoubt } from './announced.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = Date.parse('2026-03-10T12:00:00Z');
const ago = (ms: number, amount = 1_000) => ({ receivedAt: now - ms, amount });
const stays = (
  before: readonly ReturnType<typeof ago>[] = [],
  more: { amount?: number; receivedAt?: number; paidAt?: number; isReported?: boolean; now?: number } = {},
) => {
  const { amount = 1_000, receivedAt = now, paidAt = receivedAt } = more;
  return staysInDoubt({ amount, receivedAt, paidAt }, before, { owed: 10_000, isReported: false, now, ...more });
};

describe('what is announced and on no statement yet', () => {
  it('stays in doubt until its day has a good report, three days at most', () => {
    expect(stays()).toBe(true);
    expect(stays([], { isReported: true })).toBe(false);
    expect(stays([], { now: now + 3 * DAY - 1 })).toBe(true);
    expect(stays([], { now: now + 3 * DAY })).toBe(false);
    expect(stays([], { paidAt: now - 9 * DAY })).toBe(false);
  });

  it('does so of a lease three times a day, and five times in thirty days', () => {
    expect(stays([ago(HOUR), ago(2 * HOUR)])).toBe(true);
    expect(stays([ago(HOUR), ago(2 * HOUR), ago(3 * HOUR)])).toBe(false);
    const days = (count: number) => Array.from({ length: count }, (_, i) => ago((i + 2) * DAY));
    expect(stays(days(4))).toBe(true);
    expect(stays(days(5))).toBe(false);
    expect(stays([...days(4), ago(30 * DAY)])).toBe(true);
  });

  it('and no more of it in a day than the lease owes', () => {
    expect(stays([], { amount: 10_000 })).toBe(true);
    expect(stays([], { amount: 10_001 })).toBe(false);
    expect(stays([ago(HOUR, 9_500)])).toBe(false);
    expect(stays([ago(DAY, 9_500)])).toBe(true);
  });
});
