import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreedOn, anyPlan, anyPrice, type PricedPlan } from '#test/any-plan';
import { daysBetween, dueDate, localDate, weekdayOf } from '../calendar.ts';
import { money } from '../money.ts';
import { schedule } from '../leases/position.ts';
import { annualRates } from '../leases/rates.ts';
import { isDayOff } from './plan-lines.ts';
import { leastDeposit, mostDeposit, ordinaryInstalment, priceWithDeposit, subsidyOn } from './price-on-plan.ts';

const start = localDate('2026-01-31');

const agreed = (terms: PricedPlan, amount: number) => agreedOn(terms, amount, start);
const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

describe('a plan of any kind', () => {
  it('adds up, in whole payable units, with no line of nothing, and with a total that is the deposit and all lines', () => {
    fc.assert(
      fc.property(anyPlan, anyPrice, (terms, amount) => {
        const { offer, unit, deposit, financed, lines, price } = agreed(terms, amount);
        expect(lines).toHaveLength(offer.instalments);
        expect(deposit + sumOf(lines.map((line) => line.amount))).toBe(offer.total.amount);
        const isRight = ({ amount: size, components }: (typeof lines)[number]) =>
          sumOf(Object.values(components)) === size &&
          Object.values(components).every((part) => part > 0 && part % unit === 0);
        expect(lines.filter((line) => line.amount <= 0 || !isRight(line))).toEqual([]);
        expect(deposit % unit).toBe(0);
        expect(financed).toBeGreaterThan(0);
        expect(financed + deposit + subsidyOn(terms.plan, terms.market, price)).toBe(amount);
        expect(offer.total.amount - deposit).toBeGreaterThanOrEqual(financed);
        const { depositAmount } = terms.plan;
        if (depositAmount !== null && depositAmount < amount / 2 && terms.plan.subsidy === null)
          expect(deposit).toBeGreaterThanOrEqual(depositAmount);
      }),
      { numRuns: 300 },
    );
  });

  it('has its lines on days that rise, a period apart, and on no day off', () => {
    fc.assert(
      fc.property(anyPlan, (terms) => {
        const { lines } = agreed(terms, 3_000_000);
        const { frequency, daysOffPerMonth } = terms.plan;
        const isOff = ({ dueOn }: (typeof lines)[number], i: number) =>
          daysBetween(lines[i - 1]?.dueOn ?? start, dueOn) <= 0 ||
          (daysOffPerMonth === 0 ? dueOn !== dueDate(start, frequency, i + 1) : isDayOff(dueOn, daysOffPerMonth));
        expect(lines.filter(isOff)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('costs the same whatever its season or earnings are', () => {
    fc.assert(
      fc.property(anyPlan, anyPrice, (terms, amount) => {
        const plain = { ...terms, plan: { ...terms.plan, season: null, earnings: null } };
        expect(agreed(terms, amount).offer.total).toEqual(agreed(plain, amount).offer.total);
      }),
    );
  });

  it('is searched by the instalment that it has, and a deposit that is large enough makes it no larger than wanted', () => {
    fc.assert(
      fc.property(anyPlan, anyPrice, fc.integer({ min: 1, max: 100_000 }), ({ market, plan }, amount, wanted) => {
        const { price, offer, unit } = agreed({ market, plan: { ...plan, earnings: null } }, amount);
        expect(ordinaryInstalment(plan, market, price)).toBe(offer.instalment.amount);
        const least = leastDeposit(plan, market, price, wanted * unit);
        const atMost = mostDeposit(market, money(amount - subsidyOn(plan, market, price), price.currency));
        const sized = (deposit: number) =>
          priceWithDeposit({ ...plan, earnings: null }, market, price, deposit).instalment.amount;
        if (least < atMost) expect(sized(least)).toBeLessThanOrEqual(wanted * unit);
        if (least > 0) expect(sized(least - unit)).toBeGreaterThan(wanted * unit);
      }),
    );
  });
});

describe('a declining plan', () => {
  it('has the rate that it says, its interest on what is left of the principal, and a last line that absorbs the rounding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6_000 }),
        fc.integer({ min: 2, max: 36 }),
        fc.integer({ min: 100_000_000, max: 10_000_000_000 }),
        (points, instalments, amount) => {
          const plan = {
            depositPercent: 0,
            markupPercent: 0,
            instalments,
            frequency: 'monthly',
            components: { vehicle: 100 },
            method: 'declining',
            annualRatePercent: points / 100,
          } as const;
          const { lines, financed, offer } = agreed({ market: 'UG', plan }, amount);
          const flows = lines.map((line, i) => ({ period: i + 1, amount: line.amount }));
          expect(annualRates(financed, flows, 'monthly').us).toBeCloseTo(points / 100, 1);
          expect(sumOf(lines.map(({ components }) => components.principal ?? 0))).toBe(financed);
          expect(new Set(lines.slice(0, -1).map((line) => line.amount))).toEqual(new Set([offer.instalment.amount]));
          // Rounded down by less than a unit in each line, and that grows with its interest.
          const last = lines.at(-1)?.amount ?? 0;
          const grown = instalments * (1 + points / 120_000) ** instalments;
          expect(Math.abs(last - offer.instalment.amount)).toBeLessThanOrEqual(2 * grown + 2);
          const interests = lines.map(({ components }) => components.interest ?? 0);
          expect(interests).toEqual(interests.toSorted((a, b) => b - a));
        },
      ),
    );
  });

  it('lends no cents that were forgiven of a deposit', () => {
    const terms = {
      depositPercent: 10,
      markupPercent: 0,
      instalments: 4,
      frequency: 'weekly',
      method: 'declining',
    } as const;
    const plan = { ...terms, components: { vehicle: 100 }, annualRatePercent: 100 } as const;
    const { lines, offer, financed, deposit } = agreed({ market: 'KE', plan }, 500_000);
    const sums = { total: offer.total.amount - deposit, financed: financed + 198 };
    expect(schedule(plan, 'KE', start, offer.instalment.amount, sums)).toEqual(lines);
  });

  it('is the one that is worked by hand in docs/plans.md', () => {
    const plan = {
      depositPercent: 20,
      markupPercent: 0,
      instalments: 3,
      frequency: 'monthly',
      components: { vehicle: 100 },
      method: 'declining',
      annualRatePercent: 24,
    } as const;
    // 2 % of 1,000,000 is 20,000; the annuity is 346,754.67.
    expect(
      agreed({ market: 'UG', plan }, 1_250_000).lines.map(({ amount, components }) => [amount, components]),
    ).toEqual([
      [346_754, { interest: 20_000, principal: 326_754 }],
      [346_754, { interest: 13_465, principal: 333_289 }],
      [346_756, { interest: 6_799, principal: 339_957 }],
    ]);
  });
});

it('days off are the first Sundays of a month', () => {
  const plan = { instalments: 30, frequency: 'daily', components: { vehicle: 100 }, daysOffPerMonth: 2 } as const;
  const lines = schedule(plan, 'UG', localDate('2026-02-27'), 1_000);
  const sundays = lines.map(({ dueOn }) => dueOn).filter((date) => weekdayOf(date) === 0);
  expect(sundays).toEqual(['2026-03-15', '2026-03-22', '2026-03-29']);
  expect(lines.at(-1)?.dueOn).toBe('2026-03-31');
});
