import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreedOn } from '#test/any-plan';
import { anySchedule, handedOver, owedOn, paidIn } from '#test/schedules';
import { addDays, localDate } from '../calendar.ts';
import { marketRules } from '../markets.ts';
import { schedule, type LeaseMoney } from './position.ts';
import { feesAfterQuote, interestPaidAhead, isPaidInTime, settlementOn, type FeeMove } from './settlement.ts';

const money: LeaseMoney = {
  deposit: 500,
  depositPaid: 500,
  feesCharged: 0,
  feesPaid: 0,
  feesWaived: 0,
  credit: 0,
  totalPrice: 0,
};
const weekly = { instalments: 4, frequency: 'weekly', components: { vehicle: 100 } } as const;
const lines = schedule(weekly, 'UG', handedOver, 1_250);
const on = (days: number) => addDays(handedOver, days);
const sumOf = (some: typeof lines) => some.reduce((sum, { amount, waived }) => sum + amount - waived, 0);

describe('settlementOn', () => {
  it.each([
    // Four lines of 1,250 at 25 %: 250 of each is markup.
    ['before any is due', 0, {}, 25, { amount: 4_000, saved: 1_000 }],
    ['on the day of the first', 7, {}, 25, { amount: 4_250, saved: 750 }],
    ['the day after', 8, {}, 25, { amount: 4_250, saved: 750 }],
    ['when all are due', 28, {}, 25, { amount: 5_000, saved: 0 }],
    ['with fees', 0, { feesCharged: 300, feesPaid: 100, feesWaived: 50 }, 25, { amount: 4_150, saved: 1_000 }],
    ['with a deposit that is not paid', 0, { depositPaid: 200 }, 25, { amount: 4_300, saved: 1_000 }],
    ['without markup', 0, {}, 0, { amount: 5_000, saved: 0 }],
    ['where the markup does not divide', 0, {}, 30, { amount: 3_847, saved: 1_153 }],
  ])('%s', (_when, days, of, markupPercent, expected) => {
    expect(settlementOn(on(days), { ...money, ...of }, lines, { markupPercent, unit: 1 })).toEqual(expected);
  });

  it('is whole shillings of KES, in the favour of the customer', () => {
    const kes = schedule(weekly, 'KE', handedOver, 125_000);
    const terms = { markupPercent: 30, unit: 100 };
    expect(settlementOn(on(0), money, kes, terms)).toEqual({ amount: 384_600, saved: 115_400 });
  });

  it('does not round away what is due, nor all that is left', () => {
    const cents = (paid: number) =>
      schedule({ ...weekly, instalments: 1 }, 'KE', handedOver, 100).map((line) => ({ ...line, paid }));
    expect(settlementOn(on(7), money, cents(33), { markupPercent: 30, unit: 100 })).toEqual({ amount: 67, saved: 0 });
    expect(settlementOn(on(0), money, cents(0), { markupPercent: 30, unit: 100 })).toEqual({ amount: 77, saved: 23 });
  });

  const fees = fc.tuple(fc.nat(5_000), fc.nat(5_000), fc.nat(5_000)).map(([paid, waived, due]) => ({
    feesCharged: paid + waived + due,
    feesPaid: paid,
    feesWaived: waived,
  }));
  const deposits = fc.tuple(fc.nat(5_000), fc.nat(5_000)).map(([paid, due]) => ({
    deposit: paid + due,
    depositPaid: paid,
  }));
  const any = fc.record({
    lease: anySchedule,
    of: fc.tuple(fees, deposits).map(([one, other]) => ({ ...money, ...one, ...other })),
    markupPercent: fc.integer({ min: 0, max: 300 }),
  });

  it('and what is saved are all that is owed, and nobody saves more than the markup to come and its rounding', () => {
    fc.assert(
      fc.property(any, ({ lease: { lines: before, today, unit }, of, markupPercent }) => {
        const { amount, saved } = settlementOn(today, of, before, { markupPercent, unit });
        const ahead = sumOf(before.filter(({ dueOn }) => dueOn > today));
        const owed = owedOn(before) + of.deposit - of.depositPaid + of.feesCharged - of.feesPaid - of.feesWaived;
        // Where more was paid ahead than is left one unit is asked for, and what is more is credit.
        if (saved <= owed) expect(amount + saved).toBe(owed);
        else expect(amount).toBe(Math.min(unit, owed));
        expect(saved).toBeGreaterThanOrEqual(0);
        expect(saved).toBeLessThanOrEqual(ahead);
        expect(saved).toBeLessThan((ahead * markupPercent) / (100 + markupPercent) + unit);
        expect(Number.isSafeInteger(amount)).toBe(true);
        if (owed > 0) expect(amount).toBeGreaterThan(0);
        if (saved > 0 && saved < owed && amount >= unit && ahead >= 2 * unit * (100 + markupPercent))
          expect(amount % unit).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('of a declining plan is the principal that is left, where all that is due is paid and nothing else', () => {
    const declining = fc.record({
      market: fc.constantFrom('UG' as const, 'KE' as const),
      frequency: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const),
      instalments: fc.integer({ min: 2, max: 60 }),
      annualRatePercent: fc.integer({ min: 0, max: 6_000 }).map((points) => points / 100),
      vehicle: fc.integer({ min: 50, max: 100 }),
      price: fc.integer({ min: 10_000, max: 10_000_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      ahead: fc.nat(1_000),
    });
    fc.assert(
      fc.property(declining, ({ market, vehicle, price, share, ahead, ...terms }) => {
        const unit = marketRules(market).lineUnit;
        const components = { vehicle, insurance: 100 - vehicle };
        const plan = { ...terms, components, depositPercent: 0, markupPercent: 0, method: 'declining' } as const;
        const { lines: unpaidLines } = agreedOn({ market, plan }, price * unit, handedOver);
        const due = Math.floor(terms.instalments * share);
        const today = unpaidLines[due - 1]?.dueOn ?? handedOver;
        const paid = owedOn(unpaidLines.slice(0, due));
        const settled = (booked: typeof unpaidLines) =>
          settlementOn(today, { ...money, depositPaid: money.deposit }, booked, { markupPercent: 0, unit });
        const interestIn = (some: typeof unpaidLines) =>
          some.reduce((sum, line) => sum + (line.components.interest ?? 0) - (line.filled.interest ?? 0), 0);

        const onTime = paidIn(unpaidLines, paid);
        const { amount, saved } = settled(onTime);
        expect(saved).toBe(interestIn(onTime.slice(due)));
        expect(amount).toBe(owedOn(onTime) - saved);
        // What was paid ahead makes it cheaper by itself: the interest in it has paid principal.
        const early = paidIn(unpaidLines, paid + ahead * unit);
        if (owedOn(early) > 0) expect(settled(early).saved).toBe(saved);
        expect(interestPaidAhead(early, today)).toBe(saved - interestIn(early.slice(due)));
        // Who has paid nothing owes what is due in full.
        expect(settled(unpaidLines).amount).toBe(amount + paid);
      }),
      { numRuns: 300 },
    );
  });

  it('costs the same in all, whether money is paid ahead first or is there when it is settled', () => {
    const paid = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(any, paid, ({ lease, of, markupPercent }, share) => {
        const { today, unit, lines: before } = lease;
        const terms = { markupPercent, unit };
        const ahead = Math.floor((owedOn(before) * share) / unit) * unit;
        const atOnce = settlementOn(today, of, before, terms);
        const then = settlementOn(today, of, paidIn(before, ahead), terms);
        const isLeft =
          owedOn(before) > ahead || of.deposit > of.depositPaid || of.feesCharged > of.feesPaid + of.feesWaived;
        if (isLeft) expect(Math.abs(then.saved - atOnce.saved)).toBeLessThan(2 * unit);
        const left = atOnce.amount - ahead;
        if (left >= 2 * unit) expect(Math.abs(then.amount - left)).toBeLessThan(2 * unit);
        else expect(then.amount).toBeLessThan(4 * unit);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['less than all of it', 2_500, { amount: 1_500, saved: 1_000 }],
    ['all that it costs', 4_000, { amount: 1, saved: 1_000 }],
    ['more than it costs, which is credit', 4_500, { amount: 1, saved: 1_000 }],
  ])('forgives the markup of what was paid ahead: %s', (_what, paid, expected) => {
    expect(settlementOn(on(0), money, paidIn(lines, paid), { markupPercent: 25, unit: 1 })).toEqual(expected);
  });

  it('is for no less than a provider takes, and what is more is credit', () => {
    const tenWeeks = schedule({ ...weekly, instalments: 10 }, 'UG', handedOver, 72_000);
    const of = { ...money, depositPaid: money.deposit, leastAsked: 500 };
    const quote = (paid: number) => settlementOn(on(0), of, paidIn(tenWeeks, paid), { markupPercent: 20, unit: 1 });
    expect(quote(599_700)).toEqual({ amount: 500, saved: 120_000 });
    expect(quote(599_500)).toEqual({ amount: 500, saved: 120_000 });
    expect(quote(719_800).amount).toBe(200);
  });

  it('forgives no markup of a line whose day has come, whenever it was paid', () => {
    const early = paidIn(lines, 2_500);
    expect(settlementOn(on(14), money, early, { markupPercent: 25, unit: 1 })).toEqual({ amount: 2_000, saved: 500 });
  });

  it('saves no more on a later day', () => {
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 60 }), ({ lease, of, markupPercent }, days) => {
        const terms = { markupPercent, unit: lease.unit };
        const now = settlementOn(lease.today, of, lease.lines, terms);
        const later = settlementOn(addDays(lease.today, days), of, lease.lines, terms);
        expect(later.saved).toBeLessThan(now.saved + lease.unit);
      }),
    );
  });
});

describe('a quote from noon to noon', () => {
  const noon = (day: number) => new Date(Date.UTC(2026, 0, day, 9));
  const quote = { id: 'q', quotedAt: noon(5), validUntil: noon(6) };
  const at = (day: number, hour: number) => new Date(Date.UTC(2026, 0, day, hour - 3));

  it.each([
    ['what is paid before its end', at(6, 11), '2026-01-06', true],
    ['nothing after it', at(6, 13), '2026-01-06', false],
    ['what was paid on its first day, whenever it is known', at(30, 9), '2026-01-05', true],
    ['what was paid on its last day, whenever it is known', at(30, 9), '2026-01-06', true],
    ['nothing of the day before', at(5, 13), '2026-01-04', false],
    ['nothing of the day after', at(30, 9), '2026-01-07', false],
    ['what was asked for in its time and paid on its last day', at(5, 13), '2026-01-06', true],
    ['nothing that was asked for in its time and paid after it', at(5, 13), '2026-01-13', false],
  ])('is paid by %s', (_what, requestedAt, valueOn, isIt) => {
    const payment = { due: 'pay-1', requestedAt, valueOn: localDate(valueOn) };
    expect(isPaidInTime(quote, payment, 'UG')).toBe(isIt);
    expect(isPaidInTime(quote, { ...payment, due: 'settle-q' }, 'UG')).toBe(true);
  });
});

describe('late fees that fall with a quote', () => {
  const fees = (...moves: readonly (readonly [FeeMove['kind'], number])[]) =>
    feesAfterQuote(moves.map(([kind, amount], number) => ({ kind, amount, number })));

  it.each([
    [
      'were charged after it',
      [
        ['late_fee', 500],
        ['later', 300],
      ],
      300,
    ],
    [
      'also where they were paid',
      [
        ['later', 300],
        ['paid', 300],
      ],
      300,
    ],
    [
      'less what was waived of them',
      [
        ['later', 300],
        ['fee_waiver', 300],
      ],
      0,
    ],
    [
      'but not less what was waived of those before it',
      [
        ['late_fee', 500],
        ['fee_waiver', 500],
        ['later', 500],
      ],
      500,
    ],
    [
      'which are waived first',
      [
        ['late_fee', 500],
        ['later', 500],
        ['fee_waiver', 600],
      ],
      400,
    ],
    [
      'unless they are paid',
      [
        ['late_fee', 500],
        ['paid', 500],
        ['later', 500],
        ['fee_waiver', 500],
      ],
      0,
    ],
  ] as const)('%s', (_what, moves, falls) => {
    expect(fees(...moves)).toBe(falls);
  });
});
