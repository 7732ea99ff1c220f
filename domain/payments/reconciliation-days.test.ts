import { describe, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../calendar.ts';
import { daysWithoutReport, isComplete, isTrusted } from './reconciliation-days.ts';

const yesterday = localDate('2026-03-10');
const back = (days: number) => addDays(yesterday, -days);
const days = (input: Partial<Parameters<typeof daysWithoutReport>[0]>) =>
  daysWithoutReport({ first: null, scheduled: yesterday, yesterday, reported: new Set<LocalDate>(), ...input });

describe('the days without a report', () => {
  it('are yesterday, before any payment', () => {
    expect(days({})).toEqual([yesterday]);
    expect(days({ reported: new Set([yesterday]) })).toEqual([]);
  });

  it('are all since the first payment that have none, oldest first', () => {
    expect(days({ first: back(3) })).toEqual([back(3), back(2), back(1), yesterday]);
    expect(days({ first: back(3), reported: new Set([back(2), yesterday]) })).toEqual([back(3), back(1)]);
  });

  it('reach a month back', () => {
    expect(days({ first: back(400) })).toEqual(Array.from({ length: 31 }, (_, i) => back(30 - i)));
  });

  it('begin with the day of the schedule, and have it however old it is', () => {
    expect(days({ scheduled: back(2) })).toEqual([back(2), back(1), yesterday]);
    expect(days({ scheduled: back(90) })).toEqual([back(90), ...Array.from({ length: 31 }, (_, i) => back(30 - i))]);
    expect(days({ scheduled: back(90), reported: new Set([back(90)]) })).toHaveLength(31);
  });

  it('are over: a day to come is none of them', () => {
    expect(days({ scheduled: addDays(yesterday, 1) })).toEqual([yesterday]);
    expect(days({ first: addDays(yesterday, 1) })).toEqual([yesterday]);
  });
});

describe('the statement of a day', () => {
  it.each([
    // Five past midnight: what was charged in the last hour may not be on it yet.
    ['2026-03-10T21:05:00Z', false],
    ['2026-03-10T22:59:59Z', false],
    ['2026-03-10T23:00:00Z', true],
    // When the schedule asks for it.
    ['2026-03-11T04:00:00Z', true],
  ])('is complete at %s: %s', (askedAt, expected) => {
    expect(isComplete(yesterday, 'KE', new Date(askedAt))).toBe(expected);
  });
});

describe('what no statement of a day lists', () => {
  const read = (at: string, until: string | null = null) => ({
    at: new Date(at),
    until: until === null ? null : new Date(until),
  });
  const madeBy = Date.parse('2026-03-10T10:00:00Z');
  it.each([
    [
      'was not made, where it lists what we know of later',
      [read('2026-03-11T04:00:00Z', '2026-03-10T10:01:00Z')],
      true,
    ],
    ['is in doubt where it ends before', [read('2026-03-11T04:00:00Z', '2026-03-10T09:59:00Z')], false],
    [
      'until another morning',
      [read('2026-03-11T04:00:00Z', '2026-03-10T09:59:00Z'), read('2026-03-12T04:00:00Z', '2026-03-10T09:59:00Z')],
      true,
    ],
    ['is in doubt after one that lists nothing', [read('2026-03-11T04:00:00Z')], false],
    ['and after two of one day', [read('2026-03-11T04:00:00Z'), read('2026-03-11T20:00:00Z')], false],
    ['or before and after midnight', [read('2026-03-11T20:30:00Z'), read('2026-03-11T21:30:00Z')], false],
    ['until another morning', [read('2026-03-12T04:00:00Z'), read('2026-03-11T04:00:00Z')], true],
    ['whatever was read before it was complete', [read('2026-03-10T20:00:00Z'), read('2026-03-11T04:00:00Z')], false],
  ])('%s', (_, readings, expected) => {
    expect(isTrusted(yesterday, 'KE', readings, madeBy)).toBe(expected);
  });
});
