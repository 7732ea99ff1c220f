import { expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { spoken } from '../phrase.ts';
import { keyFactsOf, type Agreed } from './key-facts.ts';
import { keyFactsTexts, topics } from './key-facts-texts.ts';
import { schedule } from './position.ts';

const handedOverOn = localDate('2026-01-31');
const plan = {
  frequency: 'monthly',
  markupPercent: 20,
  graceDays: 3,
  lateFee: null,
  immobiliseAfterDaysPastDue: null,
} as const;
const agreed = (more: Partial<Agreed> = {}, instalments = 12): Agreed => ({
  market: 'KE',
  plan,
  price: 12_000_000,
  deposit: 2_000_000,
  handedOverOn,
  lines: schedule({ ...plan, instalments, components: { vehicle: 100 } }, 'KE', handedOverOn, 12_000_000 / instalments),
  stop: { afterDaysPastDue: null, noticeHours: 72, afterTwoThirds: false },
  repossession: { repossessionNoticeDays: 14, courtAfterTwoThirds: true },
  ...more,
});

it('says what paying over time costs, in amounts that a customer can add up', () => {
  const facts = keyFactsOf(agreed());
  expect(facts).toMatchObject({ financed: 10_000_000, total: 14_000_000, costOfCredit: 2_000_000 });
  expect(facts.example.map(({ number, dueOn }) => [number, dueOn])).toEqual([
    [1, '2026-02-28'],
    [2, '2026-03-31'],
    [3, '2026-04-30'],
    [12, '2027-01-31'],
  ]);
  // 2,000,000 and eight of 1,000,000 are 10,000,000 of 14,000,000; two thirds are 9,333,334.
  expect(facts.twoThirds).toEqual({ paid: 9_333_334, instalment: 8, needsCourt: true });
  // Six of 1,000,000 without their sixth, in whole shillings.
  expect(facts.settling).toEqual({ afterInstalments: 6, amount: 5_000_000, saved: 1_000_000 });
  expect(facts.late).toMatchObject({ takenBackAfterDays: 90, takenBackNoticeDays: 14 });
});

it('knows a deposit of two thirds, and a single line that is settled at once', () => {
  const facts = keyFactsOf(agreed({ deposit: 30_000_000 }, 1));
  expect(facts.twoThirds.instalment).toBe(0);
  expect(facts.settling).toEqual({ afterInstalments: 0, amount: 10_000_000, saved: 2_000_000 });
  expect(keyFactsTexts(facts).en.twoThirds).not.toContain('schedule');
});

it('is in four languages, each with every sum and with what the plan and the law say of who is late', () => {
  const fee = { amount: 50_000, cap: 200_000 };
  const texts = keyFactsTexts(
    keyFactsOf(
      agreed({ plan: { ...plan, lateFee: fee }, stop: { afterDaysPastDue: 7, noticeHours: 48, afterTwoThirds: true } }),
    ),
  );
  const mild = keyFactsTexts(keyFactsOf(agreed()));
  for (const language of spoken) {
    for (const topic of topics) expect(texts[language][topic], `${language} ${topic}`).not.toContain('{');
    expect(texts[language].cost).toContain('140,000.00 KES');
    expect(texts[language].late).toContain('2,000.00 KES');
    expect(texts[language].late).toMatch(/7.*48.*90.*14/);
    expect(mild[language].late).not.toContain('48');
    expect(mild[language].twoThirds.length).toBeGreaterThan(texts[language].twoThirds.length);
  }
  const lenient = { repossessionNoticeDays: 21, courtAfterTwoThirds: false };
  const withoutCourt = keyFactsTexts(keyFactsOf(agreed({ repossession: lenient })));
  for (const language of spoken) {
    expect(withoutCourt[language].late).toContain('21');
    expect(withoutCourt[language].twoThirds).not.toContain('{');
    expect(withoutCourt[language].twoThirds).not.toBe(mild[language].twoThirds);
  }
  expect(new Set(spoken.flatMap((language) => Object.values(texts[language]))).size).toBe(
    spoken.length * topics.length,
  );
});
