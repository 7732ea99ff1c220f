import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { localDate } from '../calendar.ts';
import { marketRules, markets, type Market } from '../markets.ts';
import { addOfficeTime, officeTimeBetween } from '../office-hours.ts';
import { deadlinesOf, nextLevel, usedUntil, type TicketClock } from './deadlines.ts';
import { chooseStaff, priorities, ticketServiceLevels, type StaffCandidate, type Priority } from './ticket.ts';

const HOUR = 3_600_000;
const at = (local: string, market: Market) =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(marketRules(market).timeZone).epochMilliseconds;
const local = (instant: number | null, market: Market) =>
  instant === null
    ? null
    : Temporal.Instant.fromEpochMilliseconds(instant)
        .toZonedDateTimeISO(marketRules(market).timeZone)
        .toPlainDateTime()
        .toString({ smallestUnit: 'minute' })
        .replace('T', ' ');
const opened = (market: Market, priority: Priority, when: string): TicketClock => ({
  market,
  priority,
  usedMs: 0,
  runningSince: at(when, market),
  firstAnsweredAt: null,
  unansweredUsedMs: null,
  level: null,
  escalatedAt: null,
  escalatedUsedMs: null,
});
const none = new Set<never>();

/**
 * Worked by hand, local times. A day has 7 h 45 in Uganda (8:00–12:45, 14–17), 8 h in Kenya (8–13, 14–17), 9 h in Rwanda
 * (7–12, 13–17).
 */
const table: readonly (readonly [string, Market, Priority, string, string, string])[] = [
  ['a Monday', 'UG', 'urgent', '2026-11-30 10:00', '2026-11-30 11:00', '2026-12-01 10:15'],
  ['over lunch; exactly at its closing', 'UG', 'urgent', '2026-11-30 12:30', '2026-11-30 14:45', '2026-12-01 12:45'],
  ['a Saturday night', 'UG', 'urgent', '2026-11-28 23:00', '2026-11-30 09:00', '2026-12-01 08:15'],
  ['Christmas on a Friday, none moved', 'UG', 'high', '2026-12-24 16:00', '2026-12-28 11:00', '2026-12-30 16:45'],
  ['before Liberation Day', 'UG', 'normal', '2027-01-25 15:00', '2027-01-27 15:15', '2027-02-02 16:15'],
  ['before Easter', 'KE', 'normal', '2027-03-25 16:00', '2027-03-30 16:00', '2027-04-05 16:00'],
  ['Jamhuri on a Sunday, so on Monday', 'KE', 'urgent', '2027-12-10 16:30', '2027-12-14 08:30', '2027-12-14 16:30'],
  [
    'Boxing Day on a Saturday, so on Monday',
    'RW',
    'urgent',
    '2026-12-25 09:00',
    '2026-12-29 08:00',
    '2026-12-29 16:00',
  ],
  ['over New Year, and its Monday', 'RW', 'low', '2026-12-30 15:00', '2027-01-05 12:00', '2027-01-14 14:00'],
];

describe('deadlines of a ticket', () => {
  it.each(table)('%s: %s, %s, opened %s', (_, market, priority, when, firstAnswer, resolution) => {
    const due = deadlinesOf(opened(market, priority, when), none);
    expect([local(due.firstAnswerDueAt, market), local(due.resolutionDueAt, market)]).toEqual([
      firstAnswer,
      resolution,
    ]);
    expect(due.escalatesAt).toBe(due.firstAnswerDueAt);
  });

  it('skip a holiday that an operator has entered', () => {
    const due = deadlinesOf(opened('KE', 'high', '2027-03-09 15:00'), new Set([localDate('2027-03-10')]));
    expect([local(due.firstAnswerDueAt, 'KE'), local(due.resolutionDueAt, 'KE')]).toEqual([
      '2027-03-11 10:00',
      '2027-03-15 15:00',
    ]);
  });

  it('stand while the clock does, and move by as much as it stood', () => {
    const before = opened('KE', 'high', '2026-11-30 08:00');
    // Two hours are used when it waits from Monday 10:00 until Wednesday 16:00.
    const usedMs = usedUntil(before, at('2026-11-30 10:00', 'KE'), none);
    expect(usedMs).toBe(2 * HOUR);
    expect(deadlinesOf({ ...before, usedMs, runningSince: null }, none)).toEqual({
      firstAnswerDueAt: null,
      resolutionDueAt: null,
      escalatesAt: null,
    });
    const after = deadlinesOf({ ...before, usedMs, runningSince: at('2026-12-02 16:00', 'KE') }, none);
    // Two hours of four are left: one on Wednesday, one on Thursday. Twenty-two of twenty-four: the last five on Monday.
    expect([local(after.firstAnswerDueAt, 'KE'), local(after.resolutionDueAt, 'KE')]).toEqual([
      '2026-12-03 09:00',
      '2026-12-07 13:00',
    ]);
  });

  it('move with the priority: what was used stays used, and what is over is due at once', () => {
    const low = opened('KE', 'low', '2026-11-30 08:00');
    const raised = deadlinesOf({ ...low, priority: 'urgent' }, none);
    expect(local(raised.firstAnswerDueAt, 'KE')).toBe('2026-11-30 09:00');
    const used = { ...low, usedMs: 30 * HOUR, runningSince: at('2026-12-05 12:00', 'KE') };
    const over = deadlinesOf({ ...used, priority: 'urgent' }, none);
    // A Saturday: on Monday morning.
    expect(local(over.resolutionDueAt, 'KE')).toBe('2026-12-07 08:00');
  });

  it('escalate in office hours: to the team lead when one is missed, later to the manager, then to nobody', () => {
    const ticket = opened('KE', 'urgent', '2026-12-04 16:30');
    expect(local(deadlinesOf(ticket, none).escalatesAt, 'KE')).toBe('2026-12-07 08:30');
    const led = { ...ticket, level: 'team_lead', escalatedUsedMs: HOUR } as const;
    expect(local(deadlinesOf(led, none).escalatesAt, 'KE')).toBe('2026-12-07 09:30');
    // One that was escalated before that was kept.
    const old = { ...led, escalatedAt: at('2026-12-07 08:30', 'KE'), escalatedUsedMs: null };
    expect(local(deadlinesOf(old, none).escalatesAt, 'KE')).toBe('2026-12-07 09:30');
    // Ten minutes later it waits for the customer for two days: fifty minutes are left.
    const waited = { ...led, usedMs: HOUR + 10 * 60_000, runningSince: at('2026-12-09 09:00', 'KE') };
    expect(local(deadlinesOf(waited, none).escalatesAt, 'KE')).toBe('2026-12-09 09:50');
    // Answered meanwhile: the manager hears when it is not resolved in time.
    const answered = { ...led, firstAnsweredAt: at('2026-12-07 09:00', 'KE') };
    const due = deadlinesOf(answered, none);
    expect(due).toEqual({ firstAnswerDueAt: null, resolutionDueAt: due.escalatesAt, escalatesAt: due.resolutionDueAt });
    expect(local(due.escalatesAt, 'KE')).toBe('2026-12-07 16:30');
    expect(deadlinesOf({ ...led, level: 'manager' }, none).escalatesAt).toBeNull();
    expect([nextLevel(null), nextLevel('team_lead'), nextLevel('manager')]).toEqual(['team_lead', 'manager', null]);
  });

  it('of a more urgent ticket are never later', () => {
    for (const [i, priority] of priorities.entries()) {
      const { firstAnswer, resolution } = ticketServiceLevels[priority];
      expect(firstAnswer).toBeLessThan(resolution);
      const before = priorities[i - 1];
      if (before !== undefined) expect(ticketServiceLevels[before].resolution).toBeLessThanOrEqual(resolution);
    }
  });
});

it('office time that is added has passed', () => {
  const instant = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2030-01-01') });
  fc.assert(
    fc.property(instant, fc.integer({ min: 1, max: 200 * HOUR }), fc.constantFrom(...markets), (from, ms, market) => {
      const due = addOfficeTime(from, ms, market);
      expect(officeTimeBetween(from, due, market)).toBe(ms);
      expect(officeTimeBetween(from, due - 1, market)).toBe(ms - 1);
    }),
    { numRuns: 30 },
  );
});

describe('who gets a ticket', () => {
  const sits = (id: string, load: number, desk: Partial<StaffCandidate['desk']> = {}): StaffCandidate => ({
    id,
    load,
    desk: { markets: ['UG'], branchId: null, skills: [], level: 'agent', ...desk },
  });
  const wanted = { market: 'UG', level: 'agent', category: 'accident', branchId: 'Gulu' } as const;

  it.each<[string, StaffCandidate[], string | null]>([
    ['nobody of another market', [sits('a', 0, { markets: ['KE'] })], null],
    ['nobody of another level', [sits('a', 0, { level: 'manager' })], null],
    ['who has less to do', [sits('a', 2), sits('b', 1)], 'b'],
    ['the first of equals', [sits('b', 1), sits('a', 1)], 'a'],
    ['who knows about it, however much he has to do', [sits('a', 0), sits('b', 9, { skills: ['accident'] })], 'b'],
    ['who is near', [sits('a', 0, { branchId: 'Jinja' }), sits('b', 9, { branchId: 'Gulu' })], 'b'],
    [
      'who knows about it before who is near',
      [sits('a', 0, { branchId: 'Gulu' }), sits('b', 0, { skills: ['accident'] })],
      'b',
    ],
  ])('%s', (_, candidates, chosen) => {
    expect(chooseStaff(candidates, wanted)).toBe(chosen);
  });
});
