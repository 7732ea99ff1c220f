import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markets } from '../markets.ts';
import { learn, likelihood, noHabits, type Habits } from './habits.ts';

const HOUR = 3_600_000;
/** Friday, 6 March 2026, an hour in Kampala (UTC+3). */
const friday = (hour: number) => Date.UTC(2026, 2, 6, hour - 3);

const instant = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2030, 0, 1) });
const prompt = fc.record({ instant, paid: fc.boolean() });
const market = fc.constantFrom(...markets);
const learntFrom = (prompts: readonly { instant: number; paid: boolean }[], where: (typeof markets)[number]) =>
  prompts.reduce<Habits>((habits, one) => learn(habits, one.instant, where, one.paid), noHabits);

it.each([
  ['nothing is known', [], 1 / 4],
  ['paid once at that hour of that weekday', [[friday(18), true]], 4 / 9],
  ['failed once then', [[friday(18), false]], 1 / 9],
  ['paid once at that hour of another weekday', [[friday(18) - 24 * HOUR, true]], 1 / 3],
  ['failed once at another hour of that weekday', [[friday(8), false]], 1 / 6],
] as const)('how likely a prompt on Friday at 18 is paid where %s', (_what, prompts, expected) => {
  const habits = learntFrom(
    prompts.map(([at, paid]) => ({ instant: at, paid })),
    'UG',
  );
  expect(likelihood(habits, friday(18), 'UG')).toBeCloseTo(expected, 12);
});

it('reads hours and weekdays off the wall of the market', () => {
  // Kigali is an hour behind Kampala.
  expect(learn(noHabits, friday(0), 'UG', true)).toEqual({ hours: { 0: [1, 1] }, weekdays: { 5: [1, 1] } });
  expect(learn(noHabits, friday(0), 'RW', true)).toEqual({ hours: { 23: [1, 1] }, weekdays: { 4: [1, 1] } });
});

it('is likelier after a payment and less likely after a failure, after however many prompts', () => {
  fc.assert(
    fc.property(fc.array(prompt, { maxLength: 120 }), instant, market, (prompts, at, where) => {
      // A few instants only, so that their counts grow past what is remembered.
      const habits = learntFrom(
        prompts.map(({ instant: one, paid }) => ({ instant: at + 7 * 24 * HOUR * (one % 50), paid })),
        where,
      );
      const before = likelihood(habits, at, where);
      expect(likelihood(learn(habits, at, where, true), at, where)).toBeGreaterThanOrEqual(before);
      expect(likelihood(learn(habits, at, where, false), at, where)).toBeLessThanOrEqual(before);
    }),
  );
});

it('counts sensibly, whatever happened', () => {
  fc.assert(
    fc.property(fc.array(prompt, { maxLength: 150 }), market, (prompts, where) => {
      const { hours, weekdays } = learntFrom(
        prompts.map(({ instant: at, paid }) => ({ instant: at - (at % (24 * HOUR)), paid })),
        where,
      );
      for (const [asked, paid] of [...Object.values(hours), ...Object.values(weekdays)]) {
        expect(Number.isInteger(asked)).toBe(true);
        expect(asked).toBeLessThanOrEqual(32);
        expect(paid).toBeGreaterThanOrEqual(0);
        expect(paid).toBeLessThanOrEqual(asked);
      }
      const likely = likelihood({ hours, weekdays }, 0, where);
      expect(likely).toBeGreaterThan(0);
      expect(likely).toBeLessThan(1);
    }),
  );
});

it('forgets: who paid in the evening for a year and now never does is soon asked in the morning', () => {
  const day = 24 * HOUR;
  let habits = noHabits;
  for (let i = 0; i < 365; i += 1) habits = learn(habits, friday(18) + i * day, 'UG', true);
  expect(likelihood(habits, friday(18), 'UG')).toBeGreaterThan(likelihood(habits, friday(8), 'UG'));
  for (let i = 0; i < 60; i += 1) habits = learn(habits, friday(18) + i * day, 'UG', false);
  expect(likelihood(habits, friday(18), 'UG')).toBeLessThan(likelihood(habits, friday(8), 'UG'));
});

it('learns the same from the same, and leaves what it was given alone', () => {
  fc.assert(
    fc.property(fc.array(prompt, { maxLength: 20 }), prompt, market, (prompts, { instant: at, paid }, where) => {
      const habits = learntFrom(prompts, where);
      const before = structuredClone(habits);
      expect(learn(habits, at, where, paid)).toEqual(learn(habits, at, where, paid));
      expect(habits).toEqual(before);
    }),
  );
});
