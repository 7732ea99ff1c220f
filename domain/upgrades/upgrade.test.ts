import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../calendar.ts';
import { mostDeposit, priceOnPlan } from '../vehicles/price-on-plan.ts';
import { marketRules, markets } from '../markets.ts';
import { money } from '../money.ts';
import { vehicleTypes } from '../vehicles/vehicle.ts';
import { linesAheadOf, tradeInValue, upgradeQuote } from './upgrade.ts';

const handedOver = localDate('2026-01-10');
const price = money(5_000_000, 'UGX');

describe('what a vehicle is taken back for', () => {
  it.each([
    ['motorcycle', 0, 5_000_000],
    ['motorcycle', 1, 4_900_000],
    ['motorcycle', 30, 4_900_000],
    ['motorcycle', 31, 4_800_000],
    ['motorcycle', 720, 2_600_000],
    ['motorcycle', 3_000, 1_250_000],
    ['car', 720, 3_800_000],
    ['truck', 3_000, 1_500_000],
  ] as const)('of a %s after %i days', (type, days, worth) => {
    expect(tradeInValue({ type, price }, handedOver, addDays(handedOver, days), 'UG')).toBe(worth);
  });

  it('is never more than it was, in whole units', () => {
    const days = fc.integer({ min: 0, max: 4_000 });
    const amounts = fc.integer({ min: 100, max: 1_000_000_000 });
    fc.assert(
      fc.property(
        fc.constantFrom(...vehicleTypes),
        amounts,
        days,
        days,
        fc.constantFrom(...markets),
        (type, amount, a, b, market) => {
          const { currency, lineUnit } = marketRules(market);
          const vehicle = { type, price: money(amount, currency) };
          const [early, late] = [Math.min(a, b), Math.max(a, b)].map((day) =>
            tradeInValue(vehicle, handedOver, addDays(handedOver, day), market),
          );
          expect(early).toBeLessThanOrEqual(amount);
          expect(late).toBeLessThanOrEqual(early ?? 0);
          expect((late ?? 0) % lineUnit).toBe(0);
        },
      ),
    );
  });
});

it('makes every shilling of the equity a deposit or pays it out, and asks for what the plan asks', () => {
  const terms = fc.record({
    depositPercent: fc.integer({ min: 0, max: 90 }),
    markupPercent: fc.integer({ min: 0, max: 200 }),
    instalments: fc.integer({ min: 1, max: 1_500 }),
  });
  const amounts = fc.integer({ min: 0, max: 1_000_000_000 });
  fc.assert(
    fc.property(terms, amounts, amounts, amounts, (wished, tradeIn, settlement, cost) => {
      const plan = { ...wished, frequency: 'weekly', components: { vehicle: 100 } } as const;
      const other = money(cost + 1_000, 'UGX');
      const quote = upgradeQuote({ tradeIn, subsidy: 0, settlement }, plan, 'UG', other);
      const asked = priceOnPlan(plan, 'UG', other).deposit.amount;
      expect(quote.missing).toBe(Math.max(0, asked - (tradeIn - settlement)));
      if (quote.missing > 0) return;
      expect(quote.deposit + quote.payout + linesAheadOf(quote)).toBe(tradeIn - settlement);
      expect(linesAheadOf(quote)).toBeLessThanOrEqual(wished.instalments);
      expect(quote.deposit).toBeGreaterThanOrEqual(asked);
      expect(quote.deposit).toBeLessThanOrEqual(mostDeposit('UG', other));
      expect(quote.price.total.amount).toBe(quote.deposit + wished.instalments * quote.price.instalment.amount);
    }),
  );
});

it('never costs more where the vehicle is taken for more', () => {
  const terms = fc.record({
    depositPercent: fc.integer({ min: 0, max: 40 }),
    markupPercent: fc.integer({ min: 0, max: 100 }),
    instalments: fc.integer({ min: 1, max: 400 }),
    market: fc.constantFrom(...markets),
  });
  const units = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(terms, units, units, fc.integer({ min: 1, max: 2_000 }), ({ market, ...wished }, cost, own, more) => {
      const { currency, lineUnit } = marketRules(market);
      const plan = { ...wished, frequency: 'weekly', components: { vehicle: 100 } } as const;
      const price = money((cost + 10) * lineUnit, currency);
      const quote = (tradeIn: number) => upgradeQuote({ tradeIn, subsidy: 0, settlement: 0 }, plan, market, price);
      const [less, dearer] = [quote(own * lineUnit), quote((own + more) * lineUnit)];
      if (less.missing > 0) return;
      expect(dearer.price.total.amount).toBeLessThanOrEqual(less.price.total.amount);
      expect(dearer.price.instalment.amount).toBeLessThanOrEqual(less.price.instalment.amount);
    }),
  );
});
