import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, daysBetween, instantOf, localDateAt, localHourAt } from '../calendar.ts';
import { markets } from '../markets.ts';
import { declineReasons, declines, type DeclineReason } from './decline.ts';
import { likelihood, noHabits, type Habits } from '../leases/habits.ts';
import { nextMorning, nextTry } from './tries.ts';
import { promptHours } from '../quiet-hours.ts';

/** Monday, 2 March 2026, an hour in Kampala (UTC+3). */
const monday = (hour: number, minute = 0) => Date.UTC(2026, 2, 2, hour - 3, minute);
const day = (date: number, hour: number) => Date.UTC(2026, 2, date, hour - 3);
const evenings: Habits = { hours: { 8: [9, 1], 13: [6, 1], 18: [9, 8] }, weekdays: {} };

const habits: fc.Arbitrary<Habits> = fc.record({
  hours: fc.dictionary(fc.integer({ min: 0, max: 23 }).map(String), counts(), { maxKeys: 6 }),
  weekdays: fc.dictionary(fc.integer({ min: 0, max: 6 }).map(String), counts(), { maxKeys: 7 }),
});
const anyTry = fc.record({
  reason: fc.constantFrom(...declineReasons),
  failures: fc.integer({ min: 1, max: 60 }),
  now: fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2030, 0, 1) }),
  market: fc.constantFrom(...markets),
  habits,
});

function counts(): fc.Arbitrary<readonly [number, number]> {
  return fc
    .tuple(fc.integer({ min: 0, max: 32 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([asked, share]) => [asked, Math.round(asked * share)]);
}

describe('nextTry', () => {
  it.each([
    ['no_funds', 1, monday(8), noHabits, monday(13)],
    ['no_funds', 2, monday(13), noHabits, monday(18)],
    ['no_funds', 3, monday(18), noHabits, day(3, 8)],
    ['no_funds', 1, monday(8, 20), evenings, monday(18)],
    ['no_funds', 7, monday(18), evenings, day(3, 18)],
    ['no_funds', 8, monday(8), noHabits, day(3, 8)],
    ['no_funds', 8, monday(8), evenings, day(3, 18)],
    ['no_funds', 14, monday(8), noHabits, day(5, 8)],
    ['provider_error', 1, monday(9), noHabits, monday(13)],
    ['declined', 1, monday(8), noHabits, day(3, 8)],
    ['declined', 7, monday(8), evenings, day(5, 18)],
    ['expired', 1, monday(18), noHabits, day(3, 8)],
    ['wrong_pin', 6, monday(18), noHabits, day(3, 8)],
    ['not_confirmed', 1, monday(13), noHabits, day(3, 8)],
    ['no_subscriber', 1, monday(8), noHabits, day(9, 8)],
    ['blocked', 1, monday(8), noHabits, day(9, 8)],
    ['over_limit', 20, monday(8), evenings, day(9, 18)],
  ] as const)('after %s, failure %i: when', (reason, failures, now, learnt, expected) => {
    expect(new Date(nextTry(reason, failures, now, 'UG', learnt))).toEqual(new Date(expected));
  });

  it('does not wait for a slot that is only a little likelier', () => {
    const nearly: Habits = { hours: { 8: [4, 2], 13: [4, 2], 18: [4, 3] }, weekdays: {} };
    expect(new Date(nextTry('no_funds', 1, monday(8), 'UG', nearly))).toEqual(new Date(monday(13)));
  });

  it('waits for the day of the wage within what it may wait', () => {
    const wage: Habits = { hours: {}, weekdays: { 4: [8, 0], 5: [8, 7] } };
    // Thursday, 13:00: Friday morning is within 24 hours, so Thursday evening is passed over.
    expect(new Date(nextTry('no_funds', 3, day(5, 13), 'UG', wage))).toEqual(new Date(day(6, 8)));
  });

  it('is in the future and at a prompt hour, whatever was before', () => {
    fc.assert(
      fc.property(anyTry, ({ reason, failures, now, market, habits: learnt }) => {
        const at = nextTry(reason, failures, now, market, learnt);
        expect(at).toBeGreaterThan(now);
        expect(promptHours).toContain(localHourAt(at, market));
        expect(at).toBe(instantOf(localDateAt(at, market), localHourAt(at, market), market));
      }),
    );
  });

  it('is within the documented horizon', () => {
    fc.assert(
      fc.property(anyTry, ({ reason, failures, now, market, habits: learnt }) => {
        const at = nextTry(reason, failures, now, market, learnt);
        const days = daysBetween(localDateAt(now, market), localDateAt(at, market));
        const wanted = horizon(reason, failures);
        if (wanted === null) expect(at).toBeLessThanOrEqual(now + 24 * 3_600_000);
        else expect(days).toBe(wanted);
      }),
    );
  });

  it('says the same for the same, and does not touch what it was given', () => {
    fc.assert(
      fc.property(anyTry, ({ reason, failures, now, market, habits: learnt }) => {
        const before = structuredClone(learnt);
        const first = nextTry(reason, failures, now, market, learnt);
        expect(nextTry(reason, failures, now, market, learnt)).toBe(first);
        expect(learnt).toEqual(before);
      }),
    );
  });

  it('chooses a slot that none of the day is clearly likelier than', () => {
    fc.assert(
      fc.property(anyTry, ({ now, market, habits: learnt }) => {
        const at = nextTry('declined', 1, now, market, learnt);
        const date = addDays(localDateAt(now, market), 1);
        const likely = promptHours.map((hour) => likelihood(learnt, instantOf(date, hour, market), market));
        expect(likelihood(learnt, at, market) * 1.5).toBeGreaterThanOrEqual(Math.max(...likely));
      }),
    );
  });
});

/** Days from today, or null for "within 24 hours". */
function horizon(reason: DeclineReason, failures: number): number | null {
  switch (reason) {
    case 'no_funds':
    case 'provider_error':
    case 'not_sent':
    case 'not_due':
      return failures < 8 ? null : failures < 14 ? 1 : 3;
    case 'declined':
    case 'expired':
    case 'wrong_pin':
    case 'not_confirmed':
      return failures < 7 ? 1 : 3;
    case 'no_subscriber':
    case 'blocked':
    case 'over_limit':
      return 7;
  }
}

it('goes on to another payment method only where that can help', () => {
  expect(declineReasons.filter((reason) => declines[reason].tryNextMethod).toSorted()).toEqual([
    'blocked',
    'no_funds',
    'no_subscriber',
    'over_limit',
  ]);
});

it.each([
  [monday(0), day(3, 8)],
  [monday(8), day(3, 8)],
  [monday(23, 59), day(3, 8)],
])('the next morning is tomorrow at eight', (now, expected) => {
  expect(new Date(nextMorning(now, 'UG'))).toEqual(new Date(expected));
});
