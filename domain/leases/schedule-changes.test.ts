import { describe, expect, it } from 'vitest';
import { after as afterDeed, type Deed, type Lease } from '#test/schedule-deeds';
import { handedOver, owedOn, paidIn } from '#test/schedules';
import { addDays, localDate } from '../calendar.ts';
import type { Frequency } from '../vehicles/plan.ts';
import { movedToDay, refuseDueDay } from './due-day.ts';
import { inFrequency } from './frequency.ts';
import { splitOn } from './leaving.ts';
import { usedAs } from './paid-ahead.ts';
import { schedule, unpaid, type ScheduleLine } from './position.ts';
import { moveUnpaid, takeDaysBack } from './pause.ts';
import { reAged, reAmortised } from './re-age.ts';
import { restructured } from './restructure.ts';
import { undone } from './undo-change.ts';
import { allocate } from './allocation.ts';

const components = { vehicle: 80, insurance: 15, tracker: 5 };
const of = (frequency: Frequency, instalments: number, start = handedOver) =>
  schedule({ instalments, frequency, components }, 'UG', start, 1_000);
const open = (lines: readonly ScheduleLine[]) =>
  lines.filter((line) => unpaid(line) > 0).map((line) => [line.dueOn.slice(5), unpaid(line)]);
const dates = (lines: readonly ScheduleLine[]) => lines.map(({ dueOn }) => dueOn);

/** Handed over on a Monday: weekly lines are due on the 12th, 19th, 26th of January, … */
const weekly = of('weekly', 4);

describe('another day of payment', () => {
  it.each([
    ['monday', 0, ['2026-01-12', '2026-01-19', '2026-01-26', '2026-02-02']],
    ['friday', 0, ['2026-01-16', '2026-01-23', '2026-01-30', '2026-02-06']],
    ['sunday', 0, ['2026-01-18', '2026-01-25', '2026-02-01', '2026-02-08']],
    ['friday', 1_500, ['2026-01-12', '2026-01-23', '2026-01-30', '2026-02-06']],
  ] as const)('of a week: %s, with %i paid', (weekday, paid, expected) => {
    expect(dates(movedToDay(paidIn(weekly, paid), { weekday }, addDays(handedOver, 1)))).toEqual(expected);
  });

  it('leaves what is due today where it is', () => {
    expect(dates(movedToDay(weekly, { weekday: 'friday' }, localDate('2026-01-12'))).slice(0, 2)).toEqual([
      '2026-01-12',
      '2026-01-23',
    ]);
  });

  it.each([
    [1, ['2026-02-01', '2026-03-01', '2026-04-01', '2026-05-01']],
    [30, ['2026-02-28', '2026-03-30', '2026-04-30', '2026-05-30']],
    [31, ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']],
  ])('of a month: the %i., of lines of the 31st of January on', (day, expected) => {
    const monthly = of('monthly', 4, localDate('2025-12-31'));
    expect(dates(movedToDay(monthly, { day }, localDate('2026-01-02')))).toEqual(expected);
  });

  it('is of the kind that the frequency has', () => {
    expect(refuseDueDay('daily', { weekday: 'friday' })).toMatchObject({ path: 'weekday' });
    expect(refuseDueDay('weekly', { day: 3 })).toMatchObject({ path: 'weekday' });
    expect(refuseDueDay('weekly', { weekday: 'friday', day: 3 })).toMatchObject({ path: 'day' });
    expect(refuseDueDay('monthly', { weekday: 'friday' })).toMatchObject({ path: 'day' });
    expect(refuseDueDay('weekly', { weekday: 'friday' })).toBeNull();
    expect(refuseDueDay('monthly', { day: 31 })).toBeNull();
  });
});

describe('another frequency', () => {
  const change = { unit: 1, leastAsked: 1, today: localDate('2026-01-14') } as const;

  it('spreads what is left over lines that end when they did, from the last period that is over', () => {
    // One of four is paid: 3,000 are left, until the second of February.
    const after = inFrequency(paidIn(weekly, 1_000), { ...change, from: 'weekly', to: 'daily' });
    expect(open(after)).toHaveLength(19);
    expect(open(after).at(0)).toEqual(['01-15', 157]);
    expect(open(after).at(-1)).toEqual(['02-02', 3_000 - 18 * 157]);
    const monthly = inFrequency(paidIn(of('weekly', 9), 1_000), { ...change, from: 'weekly', to: 'monthly' });
    // Until the ninth of March, which is nearer to the twelfth of March than to that of February.
    expect(open(monthly)).toEqual([
      ['02-12', 4_000],
      ['03-12', 4_000],
    ]);
  });

  it('makes one line at least', () => {
    const after = inFrequency(paidIn(weekly, 1_000), { ...change, from: 'weekly', to: 'monthly' });
    expect(open(after)).toEqual([['02-12', 3_000]]);
  });

  it('makes no line of less than anybody is asked for', () => {
    const after = inFrequency(paidIn(weekly, 1_000), { ...change, leastAsked: 500, from: 'weekly', to: 'daily' });
    expect(open(after)).toHaveLength(6);
  });

  it('keeps whole units, and the last line takes what rounding leaves', () => {
    const lines = schedule({ instalments: 3, frequency: 'weekly', components }, 'KE', handedOver, 100_000);
    const after = inFrequency(lines, { ...change, unit: 100, today: handedOver, from: 'weekly', to: 'daily' });
    expect(open(after).slice(-2)).toEqual([
      ['01-25', 14_200],
      ['01-26', 300_000 - 20 * 14_200],
    ]);
  });
});

describe('what was paid ahead', () => {
  const today = localDate('2026-01-13');
  // The first of six is due and paid, and two and a half of those to come.
  const ahead = paidIn(of('weekly', 6), 3_500);

  it('pays the last lines first', () => {
    const after = usedAs('shorter', ahead, { today, unit: 1 });
    expect(open(after)).toEqual([
      ['01-19', 1_000],
      ['01-26', 1_000],
      ['02-02', 500],
    ]);
  });

  it('lowers every line to come', () => {
    expect(open(usedAs('lower', ahead, { today, unit: 1 }))).toEqual(
      ['01-19', '01-26', '02-02', '02-09', '02-16'].map((on) => [on, 500]),
    );
  });

  it('is used once, and what comes later again', () => {
    const once = usedAs('shorter', ahead, { today, unit: 1 });
    expect(() => usedAs('shorter', once, { today, unit: 1 })).toThrow(RangeError);
    expect(open(usedAs('shorter', paidIn(once, 1_000), { today, unit: 1 }))).toEqual([
      ['01-19', 1_000],
      ['01-26', 500],
    ]);
  });

  it('asks for nothing again of a line that paid for time which is over', () => {
    const onSundays = movedToDay(weekly, { weekday: 'sunday' }, addDays(handedOver, 1));
    // The line of the eighteenth pays for the week to the twelfth; of the next one 300 are paid.
    const paid = paidIn(onSundays, 1_300);
    const asked = (choice: 'shorter' | 'lower') => open(usedAs(choice, paid, { today, unit: 1 }));
    expect(asked('shorter')).toEqual([
      ['01-25', 1_000],
      ['02-01', 1_000],
      ['02-08', 700],
    ]);
    expect(asked('lower')).toEqual(['01-25', '02-01', '02-08'].map((on) => [on, 900]));
  });

  it('is given back to who leaves as far as its time is still to come', () => {
    const left = (lines: readonly ScheduleLine[], on: string) => splitOn(localDate(on), lines).ahead;
    const shorter = usedAs('shorter', ahead, { today, unit: 1 });
    expect(left(shorter, '2026-01-13')).toBe(2_500);
    // It pays for the time from the second of February to the sixteenth, which nobody gets to.
    expect(left(paidIn(shorter, 1_000), '2026-01-20')).toBe(2_500);
    const lower = usedAs('lower', ahead, { today, unit: 1 });
    expect(left(lower, '2026-01-13')).toBe(2_500);
    // Two of the five weeks to the sixteenth of February are over.
    expect(left(lower, '2026-01-30')).toBe(1_500);
    expect(left(lower, '2026-02-16')).toBe(0);
  });
});

describe('money that is taken back after it was used as paid ahead', () => {
  const lease = (frequency: Frequency, instalments: number, instalment: number): Lease => ({
    lines: schedule({ instalments, frequency, components }, 'UG', handedOver, instalment),
    unit: 1,
    frequency,
    today: handedOver,
    payments: [],
    last: null,
    forgiven: 0,
    received: 0,
  });
  const pay = (percent: number): Deed => ({ do: 'pay', percent });
  const takeBack = (which: number): Deed => ({ do: 'take_back', which });

  it.each<[string, Lease, Deed[], [string, number][]]>([
    [
      'a pause has moved it',
      lease('daily', 4, 2),
      [pay(38), pay(40), { do: 'frequency', to: 'daily' }, { do: 'pause', days: 2 }, takeBack(1)],
      [
        ['01-09', 1],
        ['01-10', 2],
        ['01-11', 2],
      ],
    ],
    [
      'its line pays for a gap before it too',
      lease('weekly', 6, 3),
      [
        pay(12),
        pay(44),
        pay(34),
        { do: 'days', days: 14 },
        takeBack(0),
        { do: 'paid_ahead', choice: 'shorter' },
        takeBack(1),
      ],
      [
        ['01-26', 3],
        ['02-02', 3],
        ['02-09', 3],
        ['02-16', 2],
      ],
    ],
  ])('is asked for on the days on which it would be without it: %s', (_, first, deeds, expected) => {
    let now = first;
    for (const one of deeds) now = afterDeed(now, one);
    expect(open(now.lines)).toEqual(expected);
    expect(dates(now.lines)).toEqual(dates(now.lines).toSorted());
  });

  it('is of the pause still, which may end sooner', () => {
    const resumed = (deeds: readonly Deed[]) => {
      let now = lease('daily', 4, 2);
      for (const one of deeds) now = afterDeed(now, one);
      return takeDaysBack(now.lines, 1, { today: addDays(handedOver, 1) });
    };
    const pause: readonly Deed[] = [
      { do: 'frequency', to: 'daily' },
      { do: 'pause', days: 2 },
    ];
    const back = resumed([pay(38), pay(40), ...pause, takeBack(1)]);
    const without = resumed([pay(38), ...pause]);
    expect(open(back).map(([on]) => on)).toEqual(open(without).map(([on]) => on));
    expect(dates(back)).toEqual(dates(back).toSorted());
    for (const day of dates(back)) expect(splitOn(day, back)).toEqual(splitOn(day, without));
  });
});

describe('a lease that is late', () => {
  const today = localDate('2026-01-28');
  const late = paidIn(of('weekly', 6), 1_400);

  it('is as one that is not, by as many whole periods', () => {
    const after = reAged(late, { frequency: 'weekly' }, today);
    expect(open(after)).toEqual([
      ['02-02', 600],
      ['02-09', 1_000],
      ['02-16', 1_000],
      ['02-23', 1_000],
      ['03-02', 1_000],
    ]);
    expect(after.map((line) => line.matured)).toEqual([1_000, 1_000, 1_000, 0, 0, 0]);
  });

  it('has no line on an earlier day than its own, where a pause left what was late where it is', () => {
    const stolen = moveUnpaid(late, 30, { today, from: localDate('2026-01-22') });
    const before = dates(stolen);
    expect(dates(reAged(stolen, { frequency: 'weekly' }, today))).toEqual([
      before[0],
      '2026-02-02',
      ...before.slice(2),
    ]);
  });

  it('has its arrears spread over the lines to come, and ends when it did', () => {
    expect(open(reAmortised(late, today, 1))).toEqual([
      ['02-02', 1_533],
      ['02-09', 1_533],
      ['02-16', 1_534],
    ]);
  });

  it('has to be late, and to have a line to come', () => {
    expect(() => reAged(paidIn(late, 1_600), { frequency: 'weekly' }, today)).toThrow(RangeError);
    expect(() => reAmortised(paidIn(late, 1_600), today, 1)).toThrow(RangeError);
    expect(() => reAmortised(late, localDate('2026-03-01'), 1)).toThrow(RangeError);
  });

  it('is as if a restructure had never been, and its later payments had', () => {
    const after = restructured(late, { instalments: 10, frequency: 'weekly', today, unit: 1 });
    const first = 3;
    const pay = (id: string, lines: readonly ScheduleLine[], amount: number) => ({
      payment: { id, allocation: allocate(amount, { depositDue: 0, feesDue: 0, lines }).parts },
      lines: paidIn(lines, amount),
    });
    const one = pay('one', after, 700);
    const two = pay('two', one.lines, 900);
    const back = undone(late, two.lines, first, [one.payment, two.payment]);
    expect(back.lines).toEqual(paidIn(paidIn(late, 700), 900));
    expect(owedOn(back.lines)).toBe(owedOn(two.lines));
    expect([...back.changed.keys()]).toEqual(['one', 'two']);
    const sum = (parts: readonly { readonly amount: number }[]) => parts.reduce((all, part) => all + part.amount, 0);
    expect([sum(back.gone), sum(back.instead)]).toEqual([1_600, 1_600]);
  });
});
