import { expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { spoken } from '../phrase.ts';
import { keyFactsNow, keyFactsOf, type Agreed } from './key-facts.ts';
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

it('of a lease that runs are by the lines that it has by now', () => {
  const then = agreed();
  const today = localDate('2026-05-02');
  const paid = then.lines.map((line) =>
    line.number > 3 ? line : { ...line, paid: line.amount, filled: line.components },
  );
  // Nothing was changed: what was agreed is what is.
  expect(keyFactsNow(then, { today, lines: paid })).toEqual(keyFactsOf(then));
  // What was left after three of them was spread over 18 of 500,000.
  const spread = schedule(
    { ...plan, instalments: 18, components: { vehicle: 100 } },
    'KE',
    localDate('2026-04-30'),
    500_000,
  );
  const lines = [...paid.slice(0, 3), ...spread.map((line) => ({ ...line, number: line.number + 3 }))];
  const now = keyFactsNow(then, { today, lines });
  // 2,000,000, three of 1,000,000 and nine of 500,000 are 9,500,000.
  expect(now.twoThirds).toEqual({ paid: 9_333_334, instalment: 12, needsCourt: true });
  // Eleven of 500,000 without their sixth, in whole shillings.
  expect(now.settling).toEqual({ afterInstalments: 10, amount: 4_583_300, saved: 916_700 });
  expect(now).toMatchObject({ total: 14_000_000, example: keyFactsOf(then).example });
});

it('of a lease of which more than half is paid, or late, promise nothing that is over', () => {
  const then = agreed();
  const paid = (until: number) =>
    then.lines.map((line) => (line.number > until ? line : { ...line, paid: line.amount, filled: line.components }));
  const after = (until: number, today: string) =>
    keyFactsNow(then, { today: localDate(today), lines: paid(until) }).settling;
  expect(after(9, '2026-11-02')).toEqual({ afterInstalments: 9, amount: 2_500_000, saved: 500_000 });
  // Of the two that are late by then nothing is saved.
  expect(after(2, '2026-09-30')).toEqual({ afterInstalments: 6, amount: 5_333_300, saved: 666_700 });
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
