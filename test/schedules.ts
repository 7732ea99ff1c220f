import fc from 'fast-check';
import { addDays, localDate } from '#domain/calendar';
import { schedule, unpaid, type ScheduleLine } from '#domain/leases/position';
import { allocate, fill } from '#domain/leases/allocation';
import type { Frequency } from '#domain/vehicles/plan';

/** The day on which the leases of `anySchedule` were handed over. */
export const handedOver = localDate('2026-01-05');

/** A lease's schedule as it may be on some day: paid up to anywhere, in the order that money fills it. */
export interface SampleLease {
  readonly market: 'UG' | 'KE';
  /** Minor units that lines are rounded to. */
  readonly unit: number;
  readonly frequency: Frequency;
  readonly lines: readonly ScheduleLine[];
  readonly today: ReturnType<typeof addDays>;
}

const sizes = fc
  .tuple(
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 40 }),
  )
  .map(([vehicle, insurance, tracker, maintenance]) => ({ vehicle, insurance, tracker, maintenance }));

export const anySchedule: fc.Arbitrary<SampleLease> = fc
  .record({
    market: fc.constantFrom('UG' as const, 'KE' as const),
    frequency: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const),
    instalments: fc.integer({ min: 1, max: 40 }),
    // Small ones too: there rounding hurts.
    instalment: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2_000_000 })),
    components: sizes,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    day: fc.integer({ min: 0, max: 400 }),
  })
  .map(({ market, frequency, instalments, instalment, components, share, day }) => {
    const unit = market === 'KE' ? 100 : 1;
    const lines = schedule({ instalments, frequency, components }, market, handedOver, instalment * unit);
    const total = lines.reduce((sum, line) => sum + line.amount, 0);
    const paid = paidIn(lines, Math.floor(total * share));
    return { market, unit, frequency, lines: paid, today: addDays(handedOver, day) };
  });

/** The lines after a payment, filled as the books fill them. */
export function paidIn(lines: readonly ScheduleLine[], amount: number): ScheduleLine[] {
  const { parts } = allocate(amount, { depositDue: 0, feesDue: 0, lines });
  return lines.map((line) =>
    fill(
      line,
      parts.filter(({ component }) => component !== 'credit'),
    ),
  );
}

/** What is not paid of the lines in all. */
export const owedOn = (lines: readonly ScheduleLine[]): number => lines.reduce((sum, line) => sum + unpaid(line), 0);
