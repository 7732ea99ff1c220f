import { describe, expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { isFarAhead } from './cash-ahead.ts';
import { positionOn, type ScheduleLine } from './position.ts';

const MONDAY = localDate('2026-01-05');
const line = (number: number, dueOn: string, paid = 0): ScheduleLine => ({
  number,
  dueOn: localDate(dueOn),
  amount: 10_000,
  paid,
  waived: 0,
  components: {},
  filled: {},
  matured: 0,
  feeChargedOn: null,
});
const money = { deposit: 0, depositPaid: 0, feesCharged: 0, feesPaid: 0, feesWaived: 0, credit: 0 };

describe('cash that all but ends a lease', () => {
  it.each([
    // One line is due and one follows: 20,000 are to be paid next.
    ['for the rest of it', 2, 20_000, 0, false],
    ['for the rest, and some more', 2, 60_000, 0, false],
    ['with a zero too many', 2, 100_000, 0, true],
    ['for all of ten lines', 10, 100_000, 0, true],
    ['and leaves a last payment', 11, 100_000, 10_000, true],
    ['and leaves more than that', 13, 100_000, 30_000, false],
    ['though nothing is owed', 0, 100_000, 0, false],
    ['as he has always paid', 7, 70_000, 0, false, 70_000],
    ['more than three times that', 22, 220_000, 0, true, 70_000],
  ])('%s', (_, count, amount, left, expected, habit = 0) => {
    const lines = Array.from({ length: count }, (_unused, i) =>
      line(i + 1, `2026-01-${String(5 + i).padStart(2, '0')}`),
    );
    const position = positionOn(MONDAY, { ...money, totalPrice: count * 10_000 }, lines);
    expect(isFarAhead(position, lines, { amount, left, habit })).toBe(expected);
  });
});
