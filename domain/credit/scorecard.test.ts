import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markets } from '../markets.ts';
import { money } from '../money.ts';
import { frequencies } from '../vehicles/plan.ts';
import { vehicleTypes } from '../vehicles/vehicle.ts';
import { assess, type CreditFacts, type PaymentHistory, type PlanFact } from './scorecard.ts';

const noHistory: PaymentHistory = {
  linesDue: 0,
  linesLate: 0,
  worstDaysPastDue: 0,
  completedLeases: 0,
  liveLeases: 0,
  repossessed: 0,
  writtenOff: 0,
};
const motorcycle: PlanFact = {
  vehicleType: 'motorcycle',
  frequency: 'daily',
  instalment: money(9_700, 'UGX'),
  depositPercent: 10,
};
const newCustomer: CreditFacts = {
  identity: 'automated_check',
  forgedBefore: false,
  writtenOffElsewhere: false,
  missingDocuments: [],
  market: 'UG',
  monthlyIncome: null,
  history: noHistory,
  plan: motorcycle,
};
const facts = (more: Partial<CreditFacts> & { past?: Partial<PaymentHistory> } = {}): CreditFacts => {
  const { past, ...changes } = more;
  return { ...newCustomer, ...changes, history: { ...noHistory, ...past } };
};

describe('outcomes', () => {
  test.each<[string, CreditFacts, string, string]>([
    ['new, no income stated, daily plan', facts(), 'approved', 'C'],
    [
      'new, monthly plan with a fifth down',
      facts({ plan: { ...motorcycle, frequency: 'monthly', instalment: money(270_000, 'UGX'), depositPercent: 20 } }),
      'approved',
      'B',
    ],
    ['new, seen by an agent', facts({ identity: 'agent' }), 'approved', 'C'],
    ['new, comfortable income', facts({ monthlyIncome: 2_500_000 }), 'approved', 'B'],
    ['new, income that hardly carries it', facts({ monthlyIncome: 400_000 }), 'referred', 'C'],
    ['new, no income at all', facts({ monthlyIncome: 0 }), 'referred', 'C'],
    ['new, a car without an income', facts({ plan: { ...motorcycle, vehicleType: 'car' } }), 'referred', 'C'],
    ['identity not approved', facts({ identity: null }), 'referred', 'C'],
    ['licence missing for a van', facts({ missingDocuments: ['drivingLicence'] }), 'referred', 'C'],
    ['documents once doubted', facts({ forgedBefore: true }), 'referred', 'C'],
    ['paid a year on time', facts({ past: { linesDue: 52 } }), 'approved', 'A'],
    [
      'completed one, paying another',
      facts({ past: { linesDue: 80, completedLeases: 1, liveLeases: 1 } }),
      'approved',
      'A',
    ],
    [
      'half late, up to three weeks',
      facts({ past: { linesDue: 20, linesLate: 10, worstDaysPastDue: 21 } }),
      'approved',
      'C',
    ],
    [
      'mostly late, two months',
      facts({ past: { linesDue: 20, linesLate: 18, worstDaysPastDue: 60 } }),
      'referred',
      'D',
    ],
    [
      'always late, three months',
      facts({ past: { linesDue: 20, linesLate: 20, worstDaysPastDue: 90 } }),
      'declined',
      'D',
    ],
    ['three others to pay for', facts({ past: { linesDue: 90, liveLeases: 3 } }), 'referred', 'B'],
    ['a vehicle taken back', facts({ past: { linesDue: 90, repossessed: 1 } }), 'referred', 'C'],
    ['a lease written off', facts({ past: { linesDue: 90, writtenOff: 1 } }), 'declined', 'D'],
    ['the identity of somebody written off', facts({ writtenOffElsewhere: true }), 'declined', 'D'],
  ])('%s', (_name, given, status, tier) => {
    const { status: got, tier: at } = assess(given);
    expect([got, at]).toEqual([status, tier]);
  });

  test('a middling history is approved with a higher deposit, never above what a plan may ask', () => {
    const given = facts({ past: { linesDue: 20, linesLate: 10, worstDaysPastDue: 21 }, identity: 'agent' });
    expect(assess(given)).toMatchObject({ status: 'approved', conditions: { depositPercent: 20 } });
    const high = assess({
      ...given,
      identity: null,
      plan: { ...motorcycle, depositPercent: 88 },
      history: { ...given.history, liveLeases: 2 },
    });
    expect(high.conditions?.depositPercent ?? 90).toBe(90);
    expect(assess(facts()).conditions).toBeNull();
  });

  test('every point has a sentence', () => {
    const { score, reasons } = assess(facts({ monthlyIncome: 1_000_000 }));
    expect(reasons.reduce((sum, { points }) => sum + points, 500)).toBe(score);
    expect(reasons.every(({ text }) => text.endsWith('.'))).toBe(true);
  });

  test('without an application there is a score and nothing is asked for', () => {
    expect(assess(facts({ plan: null }))).toMatchObject({ status: 'approved', tier: 'C', conditions: null });
  });
});

describe('properties', () => {
  const history = fc
    .record({
      linesDue: fc.integer({ min: 0, max: 800 }),
      lateShare: fc.double({ min: 0, max: 1, noNaN: true }),
      worstDaysPastDue: fc.integer({ min: 0, max: 200 }),
      completedLeases: fc.integer({ min: 0, max: 5 }),
      liveLeases: fc.integer({ min: 0, max: 6 }),
      repossessed: fc.integer({ min: 0, max: 2 }),
      writtenOff: fc.integer({ min: 0, max: 1 }),
    })
    .map(({ lateShare, ...rest }): PaymentHistory => ({ ...rest, linesLate: Math.floor(rest.linesDue * lateShare) }));
  const plan = fc.record({
    vehicleType: fc.constantFrom(...vehicleTypes),
    frequency: fc.constantFrom(...frequencies),
    instalment: fc.integer({ min: 1, max: 5_000_000 }).map((amount) => money(amount, 'UGX')),
    depositPercent: fc.integer({ min: 0, max: 90 }),
  });
  const anything: fc.Arbitrary<CreditFacts> = fc.record({
    identity: fc.constantFrom('automated_check' as const, 'agent' as const, null),
    forgedBefore: fc.boolean(),
    writtenOffElsewhere: fc.boolean(),
    missingDocuments: fc.constantFrom([], ['drivingLicence']),
    market: fc.constantFrom(...markets),
    monthlyIncome: fc.option(fc.integer({ min: 0, max: 20_000_000 }), { nil: null }),
    history,
    plan: fc.option(plan, { nil: null }),
  });
  const rank = { approved: 2, referred: 1, declined: 0 } as const;
  const notWorse = (better: CreditFacts, worse: CreditFacts) => {
    const [a, b] = [assess(better), assess(worse)];
    expect(a.score).toBeGreaterThanOrEqual(b.score);
    expect(rank[a.status]).toBeGreaterThanOrEqual(rank[b.status]);
  };

  test('the score is within its range and the same facts give the same answer', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const { score } = assess(given);
        expect(score).toBeGreaterThanOrEqual(300);
        expect(score).toBeLessThanOrEqual(850);
        expect(assess(structuredClone(given))).toEqual(assess(given));
      }),
    );
  });

  test('more income never makes it worse', () => {
    fc.assert(
      fc.property(anything, fc.nat(20_000_000), fc.nat(20_000_000), (given, income, more) => {
        notWorse({ ...given, monthlyIncome: income + more }, { ...given, monthlyIncome: income });
      }),
    );
  });

  test('a better history never makes it worse', () => {
    const change = (given: CreditFacts, part: Partial<PaymentHistory>) => ({
      ...given,
      history: { ...given.history, ...part },
    });
    fc.assert(
      fc.property(anything, fc.nat(800), fc.nat(200), fc.nat(5), (given, late, days, completed) => {
        const { linesLate, worstDaysPastDue, completedLeases, linesDue } = given.history;
        notWorse(change(given, { linesLate: Math.max(0, linesLate - late) }), given);
        // Somebody who was ever late has instalments that fell due.
        if (linesDue > 0) notWorse(change(given, { worstDaysPastDue: Math.max(0, worstDaysPastDue - days) }), given);
        notWorse(change(given, { completedLeases: completedLeases + completed }), given);
        if (linesDue > 0) notWorse(change(given, { writtenOff: 0, repossessed: 0 }), given);
      }),
    );
  });

  test('a new customer with an approved identity is never declined', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom('automated_check' as const, 'agent' as const), (given, identity) => {
        const fresh = { ...given, identity, writtenOffElsewhere: false, history: noHistory };
        expect(assess(fresh).status).not.toBe('declined');
      }),
    );
  });
});
