import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySchedule, handedOver, owedOn } from '#test/schedules';
import { addDays, dueDate, localDate } from '../calendar.ts';
import { centsOf, forgive } from './allocation.ts';
import { components } from '../vehicles/plan.ts';
import { moveUnpaid, takeDaysBack } from './pause.ts';
import { levelled, schedule, unpaid, type ScheduleLine } from './position.ts';
import { restructured } from './restructure.ts';

const plan = { instalments: 4, frequency: 'weekly', components: { vehicle: 80, insurance: 15, tracker: 5 } } as const;
const lines = schedule(plan, 'UG', handedOver, 1_000);
const today = addDays(handedOver, 10);
const totals = (of: readonly ScheduleLine[]) =>
  components.map((name) => of.reduce((sum, line) => sum + (line.components[name] ?? 0), 0));
const amountOf = (of: readonly ScheduleLine[]) => of.reduce((sum, line) => sum + line.amount, 0);
/** Without the cents that keep what is owed from being whole units, as the use case forgives them. */
const whole = (of: readonly ScheduleLine[], unit: number) => forgive(of, centsOf(of, unit));
const partsOf = (line: ScheduleLine) => Object.values(line.components).reduce((sum, amount) => sum + amount, 0);

/** A schedule and a wish that can be granted: at least a unit for each new line. */
const wish = anySchedule
  .filter(({ lines: before, unit }) => owedOn(before) >= unit)
  .chain((lease) =>
    fc
      .integer({ min: 1, max: Math.min(60, Math.floor(owedOn(lease.lines) / lease.unit)) })
      .map((instalments) => ({ lease, instalments })),
  );

describe('restructured', () => {
  it.each([
    [2, [2_000, 2_000]],
    [4, [1_000, 1_000, 1_000, 1_000]],
    [6, [667, 667, 667, 667, 666, 666]],
  ])('spreads 4,000 over %i lines', (instalments, amounts) => {
    const after = restructured(lines, { instalments, frequency: 'weekly', today, unit: 1 });
    expect(after.map(({ amount }) => amount)).toEqual(amounts);
    expect(totals(after)).toEqual(totals(lines));
  });

  it('begins on the next due date where that is later than one period from today: what is paid ahead stays so', () => {
    const paid = (line: ScheduleLine) => ({ ...line, paid: 1_000, filled: line.components });
    const ahead = lines.map((line) => (line.number <= 3 ? paid(line) : line));
    const after = restructured(ahead, { instalments: 2, frequency: 'weekly', today, unit: 1 });
    expect(after.slice(-2).map(({ dueOn }) => dueOn)).toEqual([lines[3]?.dueOn, addDays(lines[3]?.dueOn ?? today, 7)]);
  });

  it.each<[handover: string, paid: number, today: string, dates: readonly string[]]>([
    ['2026-11-29', 2, '2026-11-29', ['2027-02-28', '2027-03-29', '2027-04-29', '2027-05-29']],
    ['2027-12-31', 1, '2027-12-31', ['2028-02-29', '2028-03-31', '2028-04-30', '2028-05-31']],
    ['2027-01-30', 0, '2027-01-30', ['2027-02-28', '2027-03-30', '2027-04-30', '2027-05-30']],
    ['2027-01-30', 2, '2027-01-31', ['2027-04-30', '2027-05-30', '2027-06-30', '2027-07-30']],
    ['2027-01-28', 1, '2027-01-29', ['2027-03-28', '2027-04-28', '2027-05-28', '2027-06-28']],
  ])('of a lease of %s with %i paid ahead on %s keeps the day of the month', (handover, paid, day, dates) => {
    const monthly = schedule({ ...plan, frequency: 'monthly' }, 'UG', localDate(handover), 1_000);
    const ahead = monthly.map((line) =>
      line.number <= paid ? { ...line, paid: 1_000, filled: line.components } : line,
    );
    const into = { instalments: 4, frequency: 'monthly', unit: 1 } as const;
    const after = restructured(ahead, { ...into, today: localDate(day) });
    expect(after.slice(paid).map(({ dueOn }) => dueOn)).toEqual(dates);
    // And a second time, and of lines that a pause has moved and its end has moved back.
    const again = restructured(
      takeDaysBack(moveUnpaid(after, 9, { today: localDate(day) }), 9, { today: localDate(day) }),
      {
        ...into,
        today: localDate(day),
      },
    );
    expect(again.slice(paid).map(({ dueOn }) => dueOn)).toEqual(dates);
  });

  it('keeps what is paid, and closes a line that is paid in part at what was paid', () => {
    const half = { paid: 400, filled: { vehicle: 200, insurance: 150, tracker: 50 } };
    const full = { paid: 1_000, filled: lines[0]?.components ?? {} };
    const before = lines.map((line) => ({ ...line, ...(line.number === 1 ? full : line.number === 2 ? half : {}) }));
    const after = restructured(before, { instalments: 2, frequency: 'weekly', today, unit: 1 });
    expect(after.map(({ number, dueOn, amount, paid }) => [number, dueOn, amount, paid])).toEqual([
      [1, '2026-01-12', 1_000, 1_000],
      [2, '2026-01-19', 400, 400],
      [3, '2026-01-22', 1_300, 0],
      [4, '2026-01-29', 1_300, 0],
    ]);
    expect(after[1]?.components).toEqual(half.filled);
    expect(totals(after)).toEqual(totals(before));
  });

  it('spreads whole units: cents that a payment left behind are forgiven before, of the line they are on', () => {
    const cents = schedule(plan, 'KE', handedOver, 100_000).map((line) =>
      line.number === 1 ? { ...line, paid: 33, filled: { vehicle: 33 } } : line,
    );
    expect(() => restructured(cents, { instalments: 3, frequency: 'monthly', today, unit: 100 })).toThrow(RangeError);
    const after = restructured(whole(cents, 100), { instalments: 3, frequency: 'monthly', today, unit: 100 });
    expect(after.map(({ amount, waived }) => [amount, waived])).toEqual([
      [100, 67],
      [133_300, 0],
      [133_300, 0],
      [133_300, 0],
    ]);
  });

  it('refuses less than a unit a line', () => {
    const most = { frequency: 'weekly', today, unit: 1 } as const;
    expect(() => restructured(lines, { instalments: 4_001, ...most })).toThrow(RangeError);
    expect(restructured(lines, { instalments: 4_000, ...most })).toHaveLength(4_000);
    const paid = lines.map((line) => ({ ...line, paid: line.amount, filled: line.components }));
    expect(() => restructured(paid, { instalments: 1, ...most })).toThrow(RangeError);
  });

  it('keeps the price, component by component, whatever was paid', () => {
    fc.assert(
      fc.property(wish, ({ lease: { lines: found, unit, frequency }, instalments }) => {
        const before = whole(found, unit);
        const after = restructured(before, { instalments, frequency, today, unit });
        expect(amountOf(after)).toBe(amountOf(before));
        expect(totals(after)).toEqual(totals(before));
        expect(owedOn(after)).toBe(owedOn(before));
        for (const line of after) {
          expect(partsOf(line), `components of line ${line.number}`).toBe(line.amount);
          for (const name of components) expect(line.components[name] ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('makes as many equal lines as were asked for, of whole units, one period apart from today or the next due date on', () => {
    fc.assert(
      fc.property(wish, ({ lease: { lines: found, unit, frequency, today: day }, instalments }) => {
        const after = restructured(whole(found, unit), { instalments, frequency, today: day, unit });
        const open = after.filter((line) => unpaid(line) > 0);
        expect(open).toHaveLength(instalments);
        const soonest = dueDate(day, frequency, 1);
        const next = levelled(whole(found, unit)).find((line) => unpaid(line) > 0)?.dueOn ?? day;
        const [from, first] = next > soonest ? [next, 0] : [day, 1];
        const dates = open.map((_, i) => (i + first === 0 ? from : dueDate(from, frequency, i + first)));
        expect(open.map(({ dueOn }) => dueOn)).toEqual(dates);
        const amounts = open.map(({ amount }) => amount);
        for (const amount of amounts) expect(amount % unit).toBe(0);
        expect(Math.max(...amounts) - Math.min(...amounts)).toBeLessThan(2 * unit);
        expect(owedOn(found) - owedOn(after)).toBeLessThan(unit);
        expect(after.map(({ number }) => number)).toEqual(after.map((_, i) => i + 1));
      }),
      { numRuns: 300 },
    );
  });
});
