import fc from 'fast-check';
import { expect, it } from 'vitest';
import { marketRules, markets } from '#domain/markets';
import { money } from '#domain/money';
import { priceOnPlan } from './price-on-plan.ts';

/** As wide as the API takes prices and plans. */
const anyTerms = fc.record({
  depositPercent: fc.integer({ min: 0, max: 90 }),
  markupPercent: fc.integer({ min: 0, max: 200 }),
  instalments: fc.integer({ min: 1, max: 1_500 }),
  frequency: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const),
  components: fc.integer({ min: 0, max: 100 }).map((vehicle) => ({
    vehicle,
    insurance: Math.floor((100 - vehicle) / 2),
    tracker: Math.ceil((100 - vehicle) / 2),
  })),
});
const anyPrice = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 1_000_000_000_000 }));

it('adds up for any price and plan, in whole shillings or francs, with something to pay off', () => {
  fc.assert(
    fc.property(anyTerms, anyPrice, fc.constantFrom(...markets), (terms, amount, market) => {
      const { currency, lineUnit } = marketRules(market);
      const { deposit, instalment, total, components } = priceOnPlan(terms, market, money(amount, currency));
      expect(total.amount).toBe(deposit.amount + terms.instalments * instalment.amount);
      expect(Object.values(components).reduce((sum, part) => sum + part.amount, 0)).toBe(instalment.amount);
      for (const part of [deposit, instalment, ...Object.values(components)]) expect(part.amount % lineUnit).toBe(0);
      expect(instalment.amount).toBeGreaterThan(0);
      expect(deposit.amount).toBeLessThan(amount);
      // Rounded up, and by less than a unit.
      const exact = ((amount - deposit.amount) * (100 + terms.markupPercent)) / 100 / terms.instalments;
      expect(instalment.amount).toBeGreaterThanOrEqual(Math.floor(exact));
      expect(instalment.amount).toBeLessThan(exact + lineUnit + 1);
      const percent = (amount * terms.depositPercent) / 100;
      expect(deposit.amount).toBeLessThan(percent + lineUnit);
      expect(deposit.amount).toBeGreaterThanOrEqual(Math.min(Math.floor(percent), amount - 2 * lineUnit));
    }),
    { numRuns: 2_000 },
  );
});

it('costs what a customer in Kampala was told', () => {
  const terms = { depositPercent: 15, markupPercent: 35, instalments: 24, frequency: 'monthly' } as const;
  const offer = priceOnPlan(
    { ...terms, components: { vehicle: 85, insurance: 10, tracker: 5 } },
    'UG',
    money(5_500_000, 'UGX'),
  );
  const ugx = (amount: number) => money(amount, 'UGX');
  expect(offer).toEqual({
    deposit: ugx(825_000),
    instalment: ugx(262_969),
    instalments: 24,
    frequency: 'monthly',
    total: ugx(7_136_256),
    components: offer.components,
  });
});
