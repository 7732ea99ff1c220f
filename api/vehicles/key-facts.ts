import { z } from '@hono/zod-openapi';
import { keyFactsOf, type Agreed } from '#domain/leases/key-facts';
import { keyFactsTexts, topics } from '#domain/leases/key-facts-texts';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import { spoken } from '#domain/phrase';
import { frequencies } from '#domain/vehicles/plan';
import { balance, localDay } from '../schemas.ts';

const rate = (formula: string) =>
  z.object({
    percent: z.number().nullable().openapi({ description: 'A year, two decimals; null beyond 10,000' }),
    formula: z.literal(formula),
  });
const EU = 'Effective annual rate: Directive 2008/48/EC annex I, Directive (EU) 2023/2225 annex III';
const US = 'Nominal annual rate, actuarial method: Regulation Z, 12 CFR 1026 appendix J';

const exampleLine = z.object({
  number: z.int(),
  dueOn: localDay,
  amount: balance,
  components: z.record(z.string(), balance),
});

/** What docs/openapi.json calls the key facts of an agreement. */
export const keyFacts = z
  .object({
    price: balance.openapi({ description: 'What it would cost at once' }),
    deposit: balance,
    subsidy: z
      .object({ amount: balance, by: z.string() })
      .nullable()
      .openapi({ description: 'What somebody else pays of the price' }),
    financed: balance.openapi({ description: 'The price less the subsidy and the deposit' }),
    instalments: z.int(),
    frequency: z.enum(frequencies),
    totalCost: balance.openapi({ description: 'Deposit and all instalments' }),
    costOfCredit: balance.openapi({ description: "The total less what of the price is the customer's" }),
    effectiveAnnualRate: z.object({ eu: rate(EU), us: rate(US) }),
    example: z.object({
      handedOverOn: localDay,
      lines: z.array(exampleLine).openapi({ description: 'The first three lines and the last one' }),
    }),
    whenLate: z.object({
      graceDays: z.int(),
      fee: z.object({ amount: balance, cap: balance }).nullable(),
      immobilisation: z
        .object({ afterDaysPastDue: z.int().nullable(), noticeHours: z.int(), afterTwoThirds: z.boolean() })
        .nullable()
        .openapi({ description: "The stricter of plan and the market's law; null where no law is entered" }),
      repossession: z.object({ afterDaysPastDue: z.int(), noticeDays: z.int() }),
    }),
    twoThirds: z.object({
      paid: balance,
      instalment: z.int().openapi({ description: 'With which it is paid by the schedule; 0: with the deposit' }),
      needsCourt: z.boolean().openapi({
        description: "Whether from then on only a court orders that the vehicle is taken back: the market's law",
      }),
    }),
    settlingEarly: z
      .object({ afterInstalments: z.int(), amount: balance, saved: balance })
      .openapi({ description: 'What owning it costs after half of the instalments, as an example' }),
    texts: z.record(z.enum(spoken), z.record(z.enum(topics), z.string())),
  })
  .openapi('KeyFacts');

/** The key facts, in amounts and in words. */
export function shownKeyFacts(agreed: Agreed): z.infer<typeof keyFacts> {
  const facts = keyFactsOf(agreed);
  const { late, twoThirds, settling } = facts;
  const sum = (amount: number) => money(amount, marketRules(facts.market).currency);
  return {
    price: sum(facts.price),
    deposit: sum(facts.deposit),
    subsidy: facts.subsidy === null ? null : { ...facts.subsidy, amount: sum(facts.subsidy.amount) },
    financed: sum(facts.financed),
    instalments: facts.instalments,
    frequency: facts.frequency,
    totalCost: sum(facts.total),
    costOfCredit: sum(facts.costOfCredit),
    effectiveAnnualRate: {
      eu: { percent: facts.rates.eu, formula: EU },
      us: { percent: facts.rates.us, formula: US },
    },
    example: {
      handedOverOn: facts.handedOverOn,
      lines: facts.example.map(({ number, dueOn, amount, components }) => ({
        number,
        dueOn,
        amount: sum(amount),
        components: Object.fromEntries(Object.entries(components).map(([name, part]) => [name, sum(part)])),
      })),
    },
    whenLate: {
      graceDays: late.graceDays,
      fee: late.fee === null ? null : { amount: sum(late.fee.amount), cap: sum(late.fee.cap) },
      immobilisation: late.stop,
      repossession: { afterDaysPastDue: late.takenBackAfterDays, noticeDays: late.takenBackNoticeDays },
    },
    twoThirds: { ...twoThirds, paid: sum(twoThirds.paid) },
    settlingEarly: {
      afterInstalments: settling.afterInstalments,
      amount: sum(settling.amount),
      saved: sum(settling.saved),
    },
    texts: keyFactsTexts(facts),
  };
}
