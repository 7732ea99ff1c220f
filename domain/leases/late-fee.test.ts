import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySchedule, handedOver } from '#test/schedules';
import { addDays, type LocalDate } from '../calendar.ts';
import { lateFeesDue, nextLateFeeOn } from './late-fee.ts';
import { schedule, unpaid, type ScheduleLine } from './position.ts';

const plan = { instalments: 4, frequency: 'weekly', components: { vehicle: 100 } } as const;
const lines = schedule(plan, 'UG', handedOver, 1_000);
const facts = { lateFee: { amount: 50, cap: 120 }, graceDays: 2, feesCharged: 0, lines };
const on = (days: number) => addDays(handedOver, days);

/** Charges what is due, as the use case does. */
const charged = (of: readonly ScheduleLine[], instalments: readonly number[], today: LocalDate) =>
  of.map((line) => (instalments.includes(line.number) ? { ...line, feeChargedOn: today } : line));

it('no fee is charged for a rest that nobody is asked for, nor waited for', () => {
  const short = (rest: number) => ({
    ...facts,
    lines: lines.map((one) => (one.number === 1 ? { ...one, paid: 1_000 - rest } : one)),
  });
  expect(lateFeesDue(on(10), short(9), { leastAsked: 10 })).toEqual([]);
  expect(lateFeesDue(on(10), short(10), { leastAsked: 10 })).toEqual([{ instalment: 1, amount: 50 }]);
  expect(nextLateFeeOn(short(9), { leastAsked: 10 })).toBe(on(17));
  expect(nextLateFeeOn(short(10), { leastAsked: 10 })).toBe(on(10));
});

describe('lateFeesDue', () => {
  it.each([
    ['on the due date', 7, {}, []],
    ['at the end of grace', 9, {}, []],
    ['past grace', 10, {}, [[1, 50]]],
    ['two weeks late', 17, {}, [[1, 50], [2, 50]]], // prettier-ignore
    ['up to the cap', 31, {}, [[1, 50], [2, 50], [3, 20]]], // prettier-ignore
    ['where a fee was charged before', 31, { feesCharged: 100 }, [[1, 20]]],
    ['at the cap', 31, { feesCharged: 120 }, []],
    ['without late fees', 31, { lateFee: null }, []],
    ['without grace', 8, { graceDays: 0 }, [[1, 50]]],
    ['of a line that has one', 17, { lines: charged(lines, [1], on(10)) }, [[2, 50]]],
    ['of a line that is paid', 17, { lines: lines.map((one) => (one.number === 1 ? { ...one, paid: 1_000 } : one)) }, [[2, 50]]], // prettier-ignore
    ['of a line that is paid in part', 10, { lines: lines.map((one) => (one.number === 1 ? { ...one, paid: 999 } : one)) }, [[1, 50]]], // prettier-ignore
    ['of a line that money on a later one pays', 10, { lines: lines.map((one) => ({ ...one, paid: one.number === 1 ? 999 : 1 })) }, []], // prettier-ignore
  ] as const)('%s', (_when, days, of, expected) => {
    const due = lateFeesDue(on(days), { ...facts, ...of });
    expect(due.map(({ instalment, amount }) => [instalment, amount])).toEqual(expected);
  });
});

const any = fc.record({
  lease: anySchedule,
  lateFee: fc.record({ amount: fc.integer({ min: 1, max: 1_000 }), cap: fc.integer({ min: 0, max: 6_000 }) }),
  graceDays: fc.nat(10),
});

it('day after day, no line is charged twice and the cap is never passed', () => {
  fc.assert(
    fc.property(any, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }), (one, steps) => {
      const { lateFee, graceDays } = one;
      let current = one.lease.lines;
      let feesCharged = 0;
      let today = one.lease.today;
      const times = new Map<number, number>();
      for (const days of [0, ...steps]) {
        today = addDays(today, days);
        const due = lateFeesDue(today, { lateFee, graceDays, feesCharged, lines: current });
        for (const { instalment, amount } of due) {
          expect(amount).toBeGreaterThan(0);
          expect(amount).toBeLessThanOrEqual(lateFee.amount);
          times.set(instalment, (times.get(instalment) ?? 0) + 1);
          feesCharged += amount;
        }
        current = charged(
          current,
          due.map(({ instalment }) => instalment),
          today,
        );
        expect(lateFeesDue(today, { lateFee, graceDays, feesCharged, lines: current }), 'the same day again').toEqual(
          [],
        );
        expect(feesCharged).toBeLessThanOrEqual(lateFee.cap);
      }
      for (const [number, count] of times) {
        expect(count).toBe(1);
        expect(unpaid(current.find((line) => line.number === number) ?? expect.fail())).toBeGreaterThan(0);
      }
    }),
  );
});

describe('nextLateFeeOn', () => {
  it.each([
    ['the first line', {}, on(10)],
    ['the first that has none yet', { lines: charged(lines, [1, 2], on(10)) }, on(24)],
    ['none without late fees', { lateFee: null }, null],
    ['none at the cap', { feesCharged: 120 }, null],
    ['none when all is paid', { lines: lines.map((one) => ({ ...one, paid: 1_000 })) }, null],
  ] as const)('is that of %s', (_what, of, expected) => {
    expect(nextLateFeeOn({ ...facts, ...of })).toBe(expected);
  });

  it('is the first day on which a fee is due, and none is due before', () => {
    fc.assert(
      fc.property(any, ({ lease, lateFee, graceDays }) => {
        const given = { lateFee, graceDays, feesCharged: 0, lines: lease.lines };
        const next = nextLateFeeOn(given);
        if (next === null) expect(lateFeesDue(addDays(lease.today, 4_000), given)).toEqual([]);
        else {
          expect(lateFeesDue(addDays(next, -1), given)).toEqual([]);
          expect(lateFeesDue(next, given).length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
