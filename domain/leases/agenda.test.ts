import { describe, expect, it } from 'vitest';
import { instantOf, localDate } from '../calendar.ts';
import { nextStep, type AgendaFacts } from './agenda.ts';

const standing = {
  status: 'active',
  depositDue: 0,
  outstanding: 300,
  feesDue: 0,
  credit: 0,
  instalmentsPaid: 0,
  nextDue: { number: 1, on: localDate('2026-02-15'), amount: 100 },
  lateFeeOn: null,
  pausedUntil: null,
  promisedOn: null,
  methods: 1,
} as const;
/** Local time in Kampala. */
const at = (day: string, hour: number) => instantOf(localDate(day), hour, 'UG');
const facts: AgendaFacts = {
  now: at('2026-02-01', 12),
  market: 'UG',
  graceDays: 3,
  standing,
  notBefore: 0,
  quiet: null,
  reminded: null,
  unknown: [],
};
/** Everything but the collection is what these look at: the next try is far away. */
const waiting: AgendaFacts = {
  ...facts,
  notBefore: at('2026-12-30', 8),
  standing: { ...standing, status: 'in_arrears' },
};

describe('what a running lease does next', () => {
  it('collects in the morning of the due date', () => {
    expect(nextStep(facts)).toEqual({ do: 'collect', at: at('2026-02-15', 8) });
  });

  it('reminds, then enters arrears when the grace is over, while the next try waits', () => {
    const active = { ...waiting, standing };
    expect(nextStep(active)).toMatchObject({ do: 'remind', daysPastDue: 1, at: at('2026-02-16', 9) });
    const reminded = { ...active, reminded: { on: '2026-02-15', daysPastDue: 3, sentOn: '2026-02-18' } };
    expect(nextStep(reminded)).toEqual({ do: 'enter_arrears', at: at('2026-02-19', 0) });
  });

  it('has nothing to do when nothing is owed', () => {
    expect(nextStep({ ...facts, standing: { ...standing, nextDue: null } })).toBeNull();
  });
});

describe('a morning on which thousands are due', () => {
  const MINUTE = 60_000;
  const due = at('2026-02-15', 8);
  const spread = 5 * MINUTE;
  it.each([
    ['its part of the spread, seen from the day before', at('2026-02-14', 12), null, due + spread],
    ['the same part, looked at between the hour and its part', due + 3 * MINUTE, null, due + spread],
    ['at once when its part is over', due + 6 * MINUTE, null, due + 6 * MINUTE],
    [
      'its part after the customer’s own quiet hours',
      due - MINUTE,
      { from: 6, until: 10 },
      at('2026-02-15', 10) + spread,
    ],
    ['its part of the next morning in the night', at('2026-02-15', 23), null, at('2026-02-16', 7) + spread],
  ])('has for each lease %s', (_what, now, quiet, when) => {
    expect(nextStep({ ...facts, reminded: { on: '2026-02-15', daysPastDue: 1 }, now, quiet, spread })).toEqual({
      do: 'collect',
      at: when,
    });
  });

  it('never goes on into quiet hours', () => {
    const last = at('2026-02-15', 21) - MINUTE;
    const next = nextStep({
      ...facts,
      now: last - 1,
      notBefore: last,
      spread,
      standing: { ...standing, status: 'in_arrears' },
      reminded: { on: '2026-02-15', daysPastDue: 1, sentOn: '2026-02-16' },
    });
    expect(next).toEqual({ do: 'collect', at: at('2026-02-16', 7) });
  });
});

describe('the night', () => {
  it.each([
    ['a part was paid in cash at 23: the rest is asked for in the morning', at('2026-02-15', 23), at('2026-02-16', 7)],
    ['at 3 in the night', at('2026-02-16', 3), at('2026-02-16', 7)],
    ['at 20 it is asked for at once', at('2026-02-15', 20), at('2026-02-15', 20)],
  ])('collecting: %s', (_what, now, when) => {
    expect(nextStep({ ...facts, now, reminded: { on: '2026-02-15', daysPastDue: 1, sentOn: '2026-02-16' } })).toEqual({
      do: 'collect',
      at: when,
    });
  });

  it('a pause that ends at midnight reminds in the morning', () => {
    expect(nextStep({ ...waiting, now: at('2026-02-18', 0) })).toMatchObject({ do: 'remind', at: at('2026-02-18', 9) });
    expect(nextStep({ ...waiting, now: at('2026-02-19', 0) })).toMatchObject({ do: 'remind', at: at('2026-02-19', 7) });
  });

  it('a late fee is charged at 9 in the morning, where its text may be read', () => {
    const late = { ...waiting, standing: { ...waiting.standing, nextDue: null, lateFeeOn: localDate('2026-02-19') } };
    expect(nextStep(late)).toEqual({ do: 'charge_late_fees', at: at('2026-02-19', 9) });
    expect(nextStep({ ...late, now: at('2026-02-20', 0) })).toEqual({
      do: 'charge_late_fees',
      at: at('2026-02-20', 7),
    });
  });

  it('heeds the hours that the customer wishes for', () => {
    const quiet = { from: 7, until: 11 };
    expect(nextStep({ ...waiting, quiet, now: at('2026-02-18', 0) })).toMatchObject({ at: at('2026-02-18', 11) });
  });
});

describe('reminders', () => {
  const now = at('2026-03-02', 12);
  it('only the highest that is reached', () => {
    expect(nextStep({ ...waiting, now })).toMatchObject({ do: 'remind', daysPastDue: 14, at: now });
  });

  it('not again on the day, when a payment makes a later line the oldest', () => {
    const reminded = { on: '2026-02-15', daysPastDue: 14, sentOn: '2026-03-02' };
    const paidOne = { ...standing.nextDue, on: localDate('2026-02-16') };
    const next = nextStep({ ...waiting, now, reminded, standing: { ...waiting.standing, nextDue: paidOne } });
    expect(next).toMatchObject({ do: 'remind', daysPastDue: 21, at: at('2026-03-09', 9) });
  });

  it('from the beginning for a line that was not late yet', () => {
    const reminded = { on: '2026-01-15', daysPastDue: 14, sentOn: '2026-01-29' };
    expect(nextStep({ ...waiting, now: at('2026-02-10', 12), reminded })).toMatchObject({
      daysPastDue: 1,
      at: at('2026-02-16', 9),
    });
  });

  it.each(Array.from({ length: 60 }, (_, day) => day))('at most one a day, %i days late', (late) => {
    let reminded: AgendaFacts['reminded'] = null;
    const from = at('2026-02-15', 12) + late * 86_400_000;
    const sent: number[] = [];
    for (let now = from; now < from + 40 * 86_400_000;) {
      const step = nextStep({ ...waiting, now, reminded });
      if (step?.do !== 'remind') break;
      now = Math.max(now, step.at);
      sent.push(now);
      const sentOn = new Date(now + 3 * 3_600_000).toISOString().slice(0, 10);
      reminded = { on: step.on, daysPastDue: step.daysPastDue, sentOn };
    }
    for (const [i, one] of sent.entries()) expect(one - (sent[i - 1] ?? 0)).toBeGreaterThan(12 * 3_600_000);
  });
});
