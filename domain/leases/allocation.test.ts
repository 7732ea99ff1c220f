import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate } from '#domain/calendar';
import { positionOn, schedule, type ScheduleLine } from '#domain/leases/position';
import type { Plan } from '#domain/vehicles/plan';
import { allocate, fill } from './allocation.ts';
import { receipt } from '../ledger/ledger.ts';

const plan: Plan = {
  id: 'plan',
  name: 'weekly',
  market: 'UG',
  vehicleTypes: ['motorcycle'],
  frequency: 'weekly',
  instalments: 5,
  depositPercent: 10,
  markupPercent: 30,
  graceDays: 3,
  lateFee: null,
  immobiliseAfterDaysPastDue: 7,
  immobiliseNoticeHours: 24,
  offerHours: 72,
  signHours: 48,
  depositHours: 72,
  components: { vehicle: 80, insurance: 15, tracker: 5 },
};
const lines = schedule(plan, 'UG', localDate('2026-01-01'), 1_003);

describe('allocate', () => {
  it('fills the deposit, then fees, then lines oldest first, then credit', () => {
    const { parts, credit } = allocate(200 + 50 + 5 * 1_003 + 7, { depositDue: 200, feesDue: 50, lines });
    expect(parts.slice(0, 2)).toEqual([
      { component: 'deposit', instalment: null, amount: 200 },
      { component: 'fee', instalment: null, amount: 50 },
    ]);
    expect(parts.at(-1)).toEqual({ component: 'credit', instalment: null, amount: 7 });
    expect(credit).toBe(7);
  });

  it('pays the small services of a line before the vehicle', () => {
    const { parts } = allocate(200, { depositDue: 0, feesDue: 0, lines });
    expect(parts).toEqual([
      { component: 'insurance', instalment: 1, amount: 150 },
      { component: 'tracker', instalment: 1, amount: 50 },
    ]);
  });

  it('loses nothing, overfills nothing and adds up over any sequence of payments', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 12 }), (payments) => {
        let now: readonly ScheduleLine[] = lines;
        const byComponent = new Map<string, number>();
        let credit = 0;
        for (const amount of payments) {
          const allocation = allocate(amount, { depositDue: 0, feesDue: 0, lines: now });
          expect(allocation.parts.reduce((sum, part) => sum + part.amount, 0)).toBe(amount);
          expect(
            receipt('l', 'clearing:mtn', allocation.parts, 'running').reduce((sum, entry) => sum + entry.amount, 0),
          ).toBe(0);
          for (const part of allocation.parts)
            byComponent.set(part.component, (byComponent.get(part.component) ?? 0) + part.amount);
          now = now.map((line) => fill(line, allocation.parts));
          credit += allocation.credit;
        }
        for (const line of now) expect(line.paid).toBeLessThanOrEqual(line.amount);
        const total = 5 * 1_003;
        const paid = now.reduce((sum, line) => sum + line.paid, 0);
        expect(paid + credit).toBe(payments.reduce((sum, amount) => sum + amount, 0));
        if (paid === total)
          expect(byComponent.get('vehicle')).toBe(lines.reduce((sum, line) => sum + (line.components.vehicle ?? 0), 0));
        const money = {
          deposit: 0,
          depositPaid: 0,
          feesCharged: 0,
          feesPaid: 0,
          feesWaived: 0,
          credit,
          totalPrice: total,
        };
        const position = positionOn(localDate('2026-01-20'), money, now);
        expect(position.paid + position.outstanding).toBe(total);
      }),
    );
  });
});
