import { describe, expect, it } from 'vitest';
import { addDays, localDate } from '../calendar.ts';
import { leavingOn, type LeavingDay } from './leaving.ts';
import { positionOn, type LeaseMoney, type ScheduleLine } from './position.ts';
import type { LeaseStatus } from './status.ts';

/** Ten lines of 100, due on 1 to 10 March. */
function lines(paid: number): ScheduleLine[] {
  return Array.from({ length: 10 }, (_, i) => {
    const part = Math.min(100, Math.max(0, paid - 100 * i));
    return {
      number: i + 1,
      dueOn: localDate(`2026-03-${String(i + 1).padStart(2, '0')}`),
      amount: 100,
      paid: part,
      waived: 0,
      components: { vehicle: 100 },
      filled: { vehicle: part },
      matured: 0,
      feeChargedOn: null,
    };
  });
}
const money = (changes: Partial<LeaseMoney> = {}): LeaseMoney => ({
  deposit: 200,
  depositPaid: 200,
  feesCharged: 0,
  feesPaid: 0,
  feesWaived: 0,
  credit: 0,
  totalPrice: 1_200,
  ...changes,
});
const on = (day: string, status: LeaseStatus, given: LeaseMoney, booked: readonly ScheduleLine[]): LeavingDay => {
  const today = localDate(day);
  return { status, today, position: positionOn(today, given, booked), lines: booked };
};
const fee = { feesCharged: 50, feesPaid: 10, feesWaived: 5 };

describe('leaving', () => {
  it.each([
    ['on time: nothing', 'active', money(), 400, { amount: 0, refund: 0, kept: 600, forgiven: 600 }],
    ['what is due today is not overdue', 'active', money(), 300, { amount: 0, refund: 0, kept: 500, forgiven: 700 }],
    ['two lines overdue', 'in_arrears', money(), 100, { amount: 200, refund: 0, kept: 300, forgiven: 700 }],
    ['a part of a line', 'in_arrears', money(), 250, { amount: 50, refund: 0, kept: 450, forgiven: 700 }],
    ['fees as well', 'immobilised', money(fee), 100, { amount: 235, refund: 0, kept: 300, forgiven: 700 }],
    ['less credit', 'paused', money({ ...fee, credit: 35 }), 100, { amount: 200, refund: 0, kept: 300, forgiven: 700 }],
    ['credit left', 'active', money({ credit: 70 }), 250, { amount: 0, refund: 20, kept: 450, forgiven: 700 }],
    ['what was paid ahead', 'active', money(), 520, { amount: 0, refund: 120, kept: 600, forgiven: 600 }],
    ['a late fee out of that', 'active', money(fee), 520, { amount: 0, refund: 85, kept: 600, forgiven: 600 }],
    [
      'a deposit taken back',
      'active',
      money({ depositPaid: 0 }),
      300,
      { amount: 200, refund: 0, kept: 300, forgiven: 700 },
    ],
  ] as const)('costs, on the fourth day: %s', (_what, status, given, paid, expected) => {
    expect(leavingOn(on('2026-03-04', status, given, lines(paid)))).toEqual(expected);
  });

  it('owes what was due before a pause moved it', () => {
    const moved = lines(150).map((line) =>
      line.number === 1 ? line : { ...line, matured: line.number <= 3 ? 100 : 0, dueOn: addDays(line.dueOn, 30) },
    );
    const leaving = leavingOn(on('2026-03-04', 'paused', money(), moved));
    expect(leaving).toEqual({ amount: 150, refund: 0, kept: 350, forgiven: 700 });
  });

  it('before the handover gives everything back', () => {
    const day = on('2026-03-04', 'awaiting_handover', money({ credit: 30 }), []);
    expect(leavingOn(day)).toEqual({ amount: 0, refund: 230, kept: 0, forgiven: 1_000 });
  });

  it.each(['offered', 'completed', 'written_off', 'withdrawn'] as const)('is nothing once it is %s', (status) => {
    expect(leavingOn(on('2026-03-04', status, money(), lines(0)))).toBeNull();
  });
});
