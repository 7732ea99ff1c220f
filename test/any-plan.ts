import fc from 'fast-check';
import type { LocalDate } from '#domain/calendar';
import { schedule } from '#domain/leases/position';
import { marketRules, markets, type Market } from '#domain/markets';
import { money } from '#domain/money';
import { earningsInstalment } from '#domain/vehicles/earnings';
import type { Plan } from '#domain/vehicles/plan';
import type { LineTerms } from '#domain/vehicles/plan-lines';
import { financedOn, priceOnPlan, type PlanTerms } from '#domain/vehicles/price-on-plan';

/** A plan as far as it says what a vehicle costs. */
export interface PricedPlan {
  readonly market: Market;
  readonly plan: PlanTerms & LineTerms;
}

/** As wide as the API takes plans, but for terms beyond ten years of a declining one. */
export const anyPlan = fc
  .record({
    market: fc.constantFrom(...markets),
    frequency: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const),
    instalments: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 2, max: 120 }) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 1_500 }) },
    ),
    depositPercent: fc.integer({ min: 0, max: 90 }),
    depositUnits: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 })),
    subsidyUnits: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 })),
    vehicle: fc.integer({ min: 0, max: 100 }),
    daysOff: fc.integer({ min: 0, max: 4 }),
    kind: fc.oneof(
      fc.record({ markup: fc.integer({ min: 0, max: 200 }) }),
      fc.record({ points: fc.integer({ min: 0, max: 10_000 }) }),
      fc.record({
        markup: fc.integer({ min: 0, max: 200 }),
        season: fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fc.integer({ min: 10, max: 300 })),
      }),
      fc.record({
        markup: fc.integer({ min: 0, max: 200 }),
        share: fc.integer({ min: 1, max: 100 }),
        income: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50_000_000 })),
        floor: fc.integer({ min: 1, max: 100_000 }),
        more: fc.integer({ min: 0, max: 1_000_000 }),
      }),
    ),
  })
  .map(({ market, frequency, instalments, vehicle, kind, daysOff, depositUnits, subsidyUnits, ...plan }) => {
    const { lineUnit } = marketRules(market);
    const most = frequency === 'daily' ? 1_500 : frequency === 'weekly' ? 520 : 120;
    const earnings =
      'share' in kind
        ? { sharePercent: kind.share, floor: kind.floor * lineUnit, ceiling: (kind.floor + kind.more) * lineUnit }
        : null;
    const terms = {
      ...plan,
      frequency,
      instalments: 'points' in kind ? Math.min(instalments, most) : instalments,
      components: { vehicle, insurance: 100 - vehicle },
      markupPercent: 'points' in kind ? 0 : kind.markup,
      method: 'points' in kind ? ('declining' as const) : ('markup' as const),
      annualRatePercent: 'points' in kind ? kind.points / 100 : null,
      daysOffPerMonth: frequency === 'daily' ? daysOff : 0,
      depositAmount: depositUnits === 0 ? null : depositUnits * lineUnit,
      season: 'season' in kind ? kind.season : null,
      subsidy: subsidyUnits === 0 ? null : { amount: subsidyUnits * lineUnit, by: 'A fund' },
      earnings:
        earnings === null || !('income' in kind)
          ? null
          : { ...earnings, instalment: earningsInstalment(earnings, frequency, kind.income, lineUnit) },
    };
    return { market, plan: terms satisfies Partial<Plan> };
  });
export const anyPrice = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 1_000_000_000_000 }));

const anyDay = fc.date({ min: new Date('2023-01-01'), max: new Date('2029-01-01'), noInvalidDate: true });

/** A price on a plan, handed over on a day. */
export interface Case extends PricedPlan {
  readonly price: number;
  readonly start: string;
}

export const anyCase: fc.Arbitrary<Case> = fc
  .tuple(anyPlan, anyPrice, anyDay)
  .map(([terms, price, day]) => ({ ...terms, price, start: day.toISOString().slice(0, 10) }));

/** What a price on a plan comes to, handed over on a day. */
export function agreedOn({ market, plan }: PricedPlan, amount: number, start: LocalDate) {
  const { currency, lineUnit: unit } = marketRules(market);
  const price = money(amount, currency);
  const offer = priceOnPlan(plan, market, price);
  const deposit = offer.deposit.amount;
  const financed = financedOn(plan, market, price, deposit);
  const sums = { total: offer.total.amount - deposit, financed };
  return { price, unit, offer, deposit, financed, lines: schedule(plan, market, start, offer.instalment.amount, sums) };
}
