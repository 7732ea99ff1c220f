import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../calendar.ts';
import { PROMISE_DAYS, refusePromise } from './promise.ts';

const today = localDate('2026-02-20');
const promised = {
  on: addDays(today, 3),
  amount: 5_000,
  asked: 50_000,
  open: false,
  doubt: null,
  made: 0,
  broken: 0,
  byStaff: false,
};

describe('refusePromise', () => {
  it.each([
    ['takes one for tomorrow', { on: addDays(today, 1) }, null],
    ['takes one for the last day', { on: addDays(today, PROMISE_DAYS) }, null],
    ['refuses today', { on: today }, /within the next 14 days/],
    ['refuses yesterday', { on: addDays(today, -1) }, /within the next 14 days/],
    ['refuses the day after the last', { on: addDays(today, PROMISE_DAYS + 1) }, /within the next 14 days/],
    ['refuses a second one', { open: true }, /an open promise/],
    ['names the charge it waits for', { doubt: { paymentId: 'p1', on: '2026-02-18' } }, /payment p1 .* of 2026-02-18/],
    ['refuses a second one of staff', { open: true, byStaff: true }, /an open promise/],
    ['takes one after one was broken', { broken: 1 }, null],
    ['refuses after two were broken', { broken: 2 }, /2 promises were broken/],
    ['refuses one shilling', { amount: 1 }, /at least 5000/],
    ['refuses one less than a tenth', { amount: 4_999 }, /at least 5000/],
    ['refuses less through staff', { amount: 1, byStaff: true }, /at least 5000/],
    ['takes the fourth within 90 days', { made: 3 }, null],
    ['refuses the fifth, whatever became of the others', { made: 4 }, /4 promises were made/],
    ['takes one of staff after four', { made: 4, byStaff: true }, null],
    ['takes one of staff after two were broken', { broken: 2, byStaff: true }, null],
    ['refuses one of staff after three were broken', { broken: 3, byStaff: true }, /3 promises were broken/],
    ['refuses the seventh of staff', { made: 6, byStaff: true }, /6 promises were made/],
  ] as const)('%s', (_what, of, why) => {
    const answer = refusePromise(today, { ...promised, ...of });
    if (why === null) expect(answer).toBeNull();
    else expect(answer).toMatch(why);
  });

  it('takes only days within reach, and from staff whatever it takes from customers', () => {
    const request = fc.record({
      days: fc.integer({ min: -30, max: 60 }),
      open: fc.boolean(),
      doubt: fc.constant(null),
      broken: fc.nat(5),
      made: fc.nat(9),
      amount: fc.nat(20_000),
      asked: fc.nat(20_000),
      byStaff: fc.boolean(),
    });
    fc.assert(
      fc.property(request, ({ days, ...of }) => {
        const one = { ...of, on: addDays(today, days) };
        if (refusePromise(today, one) !== null) return;
        expect(days).toBeGreaterThanOrEqual(1);
        expect(days).toBeLessThanOrEqual(PROMISE_DAYS);
        expect(refusePromise(today, { ...one, byStaff: true })).toBeNull();
      }),
    );
  });
});
