import { describe, expect, it } from 'vitest';
import { addBusinessDays, isBusinessDay, localDate } from './calendar.ts';
import { holidaysOf } from './holidays.ts';
import { markets, type Market } from './markets.ts';

const works = (date: string, market: Market, entered: string[] = []) =>
  isBusinessDay(localDate(date), market, new Set(entered.map(localDate)));

describe('business days', () => {
  it.each([
    ['RW', '2026-07-06', 'Liberation Day was a Saturday'],
    ['RW', '2026-12-28', 'Boxing Day was a Saturday'],
    ['RW', '2027-12-27', 'Christmas and Boxing Day were Saturday and Sunday'],
    ['RW', '2026-08-17', 'Assumption was a Saturday'],
    ['RW', '2026-08-07', 'Umuganura, the first Friday of August'],
    ['RW', '2034-04-11', 'Good Friday is the Memorial Day: the next working day after Easter Monday'],
    ['KE', '2027-10-11', 'Mazingira Day was a Sunday'],
    ['KE', '2027-12-13', 'Jamhuri Day was a Sunday'],
    ['KE', '2027-12-27', 'Boxing Day was a Sunday'],
    ['KE', '2033-12-27', 'Christmas was a Sunday, and the Monday is Boxing Day'],
    ['UG', '2026-04-03', 'Good Friday'],
    ['KE', '2026-04-06', 'Easter Monday'],
    ['RW', '2027-03-26', 'Good Friday'],
    ['UG', '2026-02-16', 'Archbishop Janani Luwum Day'],
    ['UG', '2026-11-28', 'a Saturday'],
  ] as const)('%s %s is none: %s', (market, date, _why) => expect(works(date, market)).toBe(false));

  it.each([
    ['RW', '2027-12-28', 'two holidays on one weekend are taken on one day'],
    ['RW', '2029-04-09', 'the Memorial Day, a Saturday, is never moved'],
    ['RW', '2033-12-27', 'Christmas was a Sunday before Boxing Day: one day is enough'],
    ['KE', '2026-12-28', 'in Kenya no Saturday is moved'],
    ['KE', '2026-05-27', 'Idd-ul-Azha is not of the law'],
    ['UG', '2026-12-28', 'in Uganda nothing is moved'],
    ['UG', '2027-12-27', 'nor a Sunday'],
  ] as const)('%s %s is one: %s', (market, date, _why) => expect(works(date, market)).toBe(true));

  it('none is what an operator has entered', () => {
    expect(works('2026-05-27', 'UG')).toBe(true);
    expect(works('2026-05-27', 'UG', ['2026-05-27'])).toBe(false);
  });
});

it('deadlines of agents go past holidays that are taken later, and those entered', () => {
  const thursday = Date.parse('2026-12-24T09:00:00Z');
  const ends = (market: Market, entered: string[] = []) =>
    new Date(addBusinessDays(thursday, 2, market, new Set(entered.map(localDate)))).toISOString();
  expect(ends('RW')).toBe('2026-12-30T09:00:00.000Z');
  expect(ends('KE')).toBe('2026-12-29T09:00:00.000Z');
  expect(ends('KE', ['2026-12-28'])).toBe('2026-12-30T09:00:00.000Z');
});

it.each([
  [2024, '2024-03-29', '2024-04-01'],
  [2025, '2025-04-18', '2025-04-21'],
  [2026, '2026-04-03', '2026-04-06'],
  [2027, '2027-03-26', '2027-03-29'],
  [2038, '2038-04-23', '2038-04-26'],
])('Easter of %d', (year, friday, monday) => {
  for (const market of markets)
    expect(holidaysOf(market, year).flatMap(({ date, name }) => (/Easter|Good/.test(name) ? [date] : []))).toEqual([
      friday,
      monday,
    ]);
});
