import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySchedule, handedOver, owedOn } from '#test/schedules';
import { addDays, daysBetween, type LocalDate } from '../calendar.ts';
import { daysPaidFor, openAgain } from './days-of-use.ts';
import { moveUnpaid, refusePause, takeDaysBack, type PauseRequest } from './pause.ts';
import { levelled, schedule, unpaid, type ScheduleLine } from './position.ts';

describe('refusePause', () => {
  const asked = (request: Partial<PauseRequest>): PauseRequest => ({
    days: 7,
    by: 'customer',
    inArrears: false,
    taken: [],
    ...request,
  });
  const pause = (from: string, until: string, resumedOn: string | null = null) => ({ from, until, resumedOn });
  const sixteen = [pause('2026-01-01', '2026-01-15'), pause('2026-02-01', '2026-02-15', '2026-02-03')];
  const briefly = pause('2026-03-01', '2026-03-15', '2026-03-01');
  const sixty = pause('2026-04-01', '2026-05-31');
  it.each([
    [{}, null],
    [{ days: 14 }, null],
    [{ days: 15 }, /at most 14 days/],
    [{ days: 14, taken: sixteen }, null],
    [{ days: 14, taken: [...sixteen, briefly] }, /at most 30 days in a year; 17 are taken/],
    [{ days: 1, taken: Array.from({ length: 5 }, () => briefly) }, null],
    [{ days: 1, taken: Array.from({ length: 6 }, () => briefly) }, /at most 6 pauses in a year/],
    [{ by: 'staff', days: 1, taken: Array.from({ length: 23 }, () => briefly) }, null],
    [{ by: 'staff', days: 1, taken: Array.from({ length: 24 }, () => briefly) }, /at most 24 pauses in a year/],
    [{ inArrears: true }, /in arrears/],
    [{ by: 'staff', inArrears: true }, null],
    [{ by: 'staff', days: 60 }, null],
    [{ by: 'staff', days: 61 }, /at most 60 days/],
    [{ by: 'staff', days: 60, taken: [sixty] }, null],
    [{ by: 'staff', days: 60, taken: [sixty, briefly] }, /at most 120 days in a year/],
  ] as const)('%j', (request, why) => {
    const answer = refusePause(asked(request));
    if (why === null) expect(answer).toBeNull();
    else expect(answer).toMatch(why);
  });

  it('grants staff whatever it grants customers, and the shorter wherever the longer', () => {
    const taken = fc.array(fc.constantFrom(...sixteen, briefly, sixty), { maxLength: 26 });
    const request = fc.record({ days: fc.integer({ min: 1, max: 70 }), taken, inArrears: fc.boolean() });
    fc.assert(
      fc.property(request, fc.constantFrom('customer' as const, 'staff' as const), (one, by) => {
        fc.pre(refusePause({ ...one, by }) === null);
        expect(refusePause({ ...one, by: 'staff' })).toBeNull();
        if (one.days > 1) expect(refusePause({ ...one, by, days: one.days - 1 })).toBeNull();
      }),
    );
  });
});

describe('moveUnpaid', () => {
  const days = fc.integer({ min: 1, max: 120 });

  it('moves what is unpaid by exactly the days, and of what is paid the time to come', () => {
    fc.assert(
      fc.property(anySchedule, days, ({ lines, today }, by) => {
        const moved = moveUnpaid(lines, by, { today });
        expect(owedOn(moved)).toBe(owedOn(lines));
        for (const [i, line] of lines.entries()) {
          const after = moved[i];
          const isOpen = unpaid(line) > 0;
          const isToCome = line.dueOn > today;
          const use = isToCome ? addDays(line.dueOn, by) : line.dueOn;
          const { pays, pausedPaid = 0, pausedAfter = 0, ...rest } = after ?? line;
          expect(rest).toEqual({ ...line, dueOn: addDays(line.dueOn, isOpen ? by : 0), pausedDays: isOpen ? by : 0 });
          expect(daysPaidFor({ ...rest, pays: pays ?? null })).toEqual([{ dueOn: use, amount: line.amount }]);
          expect([pausedPaid, pausedAfter]).toEqual(isOpen ? [0, 0] : isToCome ? [by, 0] : [0, by]);
        }
      }),
    );
  });

  it('there and back is where it was', () => {
    fc.assert(
      fc.property(anySchedule, days, ({ lines, today }, by) => {
        const back = takeDaysBack(moveUnpaid(lines, by, { today }), by, { today });
        const same = back.map(({ pays, pausedPaid, pausedAfter, ...line }) => [
          pays ?? null,
          (pausedPaid ?? 0) + (pausedAfter ?? 0),
          line,
        ]);
        expect(same).toEqual(lines.map((line) => [null, 0, { ...line, pausedDays: 0 }]));
      }),
    );
  });

  it('spends no day off: as many are left at the end of a pause, however early that is, as at its beginning', () => {
    const life = fc.record({
      daysOffPerMonth: fc.integer({ min: 1, max: 4 }),
      instalments: fc.integer({ min: 1, max: 120 }),
      start: fc.nat(366),
      paid: fc.nat(60),
      after: fc.nat(150),
      days: fc.integer({ min: 1, max: 60 }),
      unused: fc.nat(59),
    });
    fc.assert(
      fc.property(life, ({ start, paid, after, days: by, unused, ...plan }) => {
        const began = addDays(handedOver, start);
        const daily = { ...plan, frequency: 'daily', components: { vehicle: 1 } } as const;
        const lines = schedule(daily, 'UG', began, 100).map((line, i) => ({ ...line, paid: i < paid ? 100 : 0 }));
        const today = addDays(began, after);
        const taken = Math.max(1, by - unused);
        const paused = moveUnpaid(lines, by, { today });
        const ended = takeDaysBack(paused, by - taken, { today: addDays(today, taken) });
        const daysOffFrom = (day: LocalDate, all: readonly ScheduleLine[]) => {
          const owed = all.filter((line) => unpaid(line) > 0 && line.dueOn >= day);
          return daysBetween(day, owed.at(-1)?.dueOn ?? day) - owed.length;
        };
        expect(daysOffFrom(addDays(today, taken), ended)).toBe(daysOffFrom(today, lines));
      }),
    );
  });

  it('keeps the order of due dates', () => {
    fc.assert(
      fc.property(anySchedule, days, ({ lines, today }, by) => {
        const dates = moveUnpaid(lines, by, { today }).map(({ dueOn }) => dueOn);
        expect(dates).toEqual(dates.toSorted());
      }),
    );
  });
});

describe('openAgain', () => {
  const first = schedule({ instalments: 6, frequency: 'weekly', components: { vehicle: 1 } }, 'UG', handedOver, 100);
  const paid = (sum: number) => first.map((line, i) => ({ ...line, paid: Math.min(100, Math.max(0, sum - i * 100)) }));
  const dues = (lines: readonly ScheduleLine[]) =>
    levelled(lines).map((line) => (unpaid(line) === 0 ? null : line.dueOn));
  const pause = fc.record({
    after: fc.nat(20),
    days: fc.integer({ min: 1, max: 28 }),
    unused: fc.nat(28),
    keepsLate: fc.boolean(),
  });

  it('asks for nothing later than for what comes after it, and for nothing sooner', () => {
    const twoOwed = first.slice(0, 2).map((line) => ({ ...line, pausedAfter: 10 - line.number * 5 }));
    expect(dues(openAgain(twoOwed))).toEqual(['2026-01-17', '2026-01-19']);
    const sooner = twoOwed.map((line) => ({ ...line, pausedAfter: 30 * (2 - line.number) }));
    expect(dues(openAgain(sooner))).toEqual(['2026-01-19', '2026-01-19']);
    const mixed = sooner.map((line) => ({ ...line, dueOn: addDays(handedOver, 20 - line.number) }));
    expect(dues(openAgain(mixed))).toEqual(['2026-01-24', '2026-01-23']);
  });

  it('asks for what was taken back, in a pause or after it, on the days on which who never paid it is asked', () => {
    fc.assert(
      fc.property(fc.nat(600), fc.nat(600), fc.array(pause, { maxLength: 3 }), fc.nat(3), (sum, back, all, which) => {
        let today = handedOver;
        let lines: readonly ScheduleLine[] = paid(sum);
        let never: readonly ScheduleLine[] = paid(Math.max(0, sum - back));
        const takeBack = (pauseNow?: Parameters<typeof openAgain>[1]) => {
          const taken = lines.map((line, i) => ({ ...line, paid: never[i]?.paid ?? 0 }));
          lines = openAgain(taken, pauseNow);
        };
        for (const [i, { after, days, unused, keepsLate }] of all.entries()) {
          today = addDays(today, after);
          const from = keepsLate ? addDays(today, -3) : undefined;
          [lines, never] = [moveUnpaid(lines, days, { today, from }), moveUnpaid(never, days, { today, from })];
          if (i === which) takeBack({ days, from });
          if (unused >= days) continue;
          today = addDays(today, days - unused);
          [lines, never] = [takeDaysBack(lines, unused, { today, from }), takeDaysBack(never, unused, { today, from })];
        }
        takeBack();
        expect(dues(lines)).toEqual(dues(never));
      }),
    );
  });
});

describe('takeBack', () => {
  const full = (line: ScheduleLine): ScheduleLine => ({ ...line, paid: line.amount });
  const open = (line: ScheduleLine): ScheduleLine => ({ ...line, paid: 0 });
  const steps = fc.array(fc.record({ number: fc.integer({ min: 1, max: 6 }), paid: fc.boolean() }), { maxLength: 12 });

  it('after payments and reversals at any time, each line that was unpaid is later by the days really paused, no other', () => {
    const first = schedule({ instalments: 6, frequency: 'weekly', components: { vehicle: 1 } }, 'UG', handedOver, 100);
    fc.assert(
      fc.property(steps, steps, fc.integer({ min: 1, max: 28 }), fc.nat(28), (before, during, days, unused) => {
        const apply = (lines: readonly ScheduleLine[], all: typeof before) =>
          all.reduce<readonly ScheduleLine[]>(
            (now, { number, paid }) =>
              now.map((line) => (line.number === number ? (paid ? full(line) : open(line)) : line)),
            lines,
          );
        const today = first.at(-1)?.dueOn ?? handedOver;
        const paused = apply(first, before);
        const back = Math.min(days, unused);
        const after = takeDaysBack(apply(moveUnpaid(paused, days, { today }), during), back, { today });
        for (const [i, line] of levelled(paused).entries())
          expect(daysBetween(line.dueOn, after[i]?.dueOn ?? line.dueOn)).toBe(unpaid(line) > 0 ? days - back : 0);
      }),
    );
  });
});
