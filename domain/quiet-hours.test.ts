import fc from 'fast-check';
import { expect, it } from 'vitest';
import { localHourAt } from './calendar.ts';
import { markets } from './markets.ts';
import { afterQuietHours, hoursLeft, night, quietFrom, ringsAt, type QuietHours } from './quiet-hours.ts';

/** An hour in Kampala (UTC+3) on a day of March 2026. */
const at = (date: number, hour: number, minute = 0) => Date.UTC(2026, 2, date, hour - 3, minute);
const quietAt = (hour: number, { from, until }: QuietHours) =>
  from <= until ? hour >= from && hour < until : hour >= from || hour < until;

it.each([
  ['by day', at(2, 8, 30), null, at(2, 8, 30)],
  ['at the last minute of the evening', at(2, 20, 59), null, at(2, 20, 59)],
  ['when the night begins', at(2, 21), null, at(3, 7)],
  ['at midnight', at(3, 0), null, at(3, 7)],
  ['before dawn', at(3, 6, 59), null, at(3, 7)],
  ['when the night ends', at(3, 7), null, at(3, 7)],
  ['in a wish', at(2, 12, 15), { from: 12, until: 14 }, at(2, 14)],
  ['at the end of a wish', at(2, 14), { from: 12, until: 14 }, at(2, 14)],
  ['where a wish follows the night', at(2, 22), { from: 7, until: 9 }, at(3, 9)],
  ['where the night follows a wish', at(2, 18), { from: 18, until: 22 }, at(3, 7)],
  ['where a wish reaches over midnight', at(2, 19), { from: 19, until: 8 }, at(3, 8)],
  ['where a wish has no hours', at(2, 12), { from: 12, until: 12 }, at(2, 12)],
] as const)('%s', (_when, asked, wish, expected) => {
  expect(new Date(afterQuietHours(asked, wish, 'UG'))).toEqual(new Date(expected));
});

it.each([
  ['with the night', at(2, 8, 30), null, at(2, 21)],
  ['with a wish of that day', at(2, 8, 30), { from: 9, until: 8 }, at(2, 9)],
  ['with the night, when the wish is over', at(2, 15), { from: 12, until: 14 }, at(2, 21)],
  ['with the night, where a wish has no hours', at(2, 12), { from: 13, until: 13 }, at(2, 21)],
] as const)('quiet hours begin %s', (_when, instant, wish, expected) => {
  expect(new Date(quietFrom(instant, wish, 'UG'))).toEqual(new Date(expected));
});

it.each([
  ['by day', at(2, 12), null, at(2, 12)],
  ['at night, by itself', at(2, 22), null, at(3, 7)],
  ['in the night in which it was asked for', at(3, 2), at(2, 23), at(3, 2)],
  ['at night, asked for by day', at(2, 21, 10), at(2, 20, 50), at(3, 7)],
  ['at night, asked for in the night before', at(3, 22), at(2, 23), at(4, 7)],
  ['by day, asked for at night', at(3, 9), at(2, 23), at(3, 9)],
] as const)('a phone may ring %s', (_when, now, asked, expected) => {
  expect(new Date(ringsAt(now, asked, null, 'UG'))).toEqual(new Date(expected));
});

it.each([
  [{ from: 12, until: 14 }, 12],
  [{ from: 7, until: 21 }, 0],
  [{ from: 8, until: 20 }, 2],
  [{ from: 21, until: 7 }, 14],
  [{ from: 20, until: 8 }, 12],
  [{ from: 9, until: 9 }, 14],
])('a wish of %j leaves %i hours', (wish, hours) => {
  expect(hoursLeft(wish)).toBe(hours);
});

const hour = fc.integer({ min: 0, max: 23 });
const wish = fc.option(fc.record({ from: hour, until: hour }).filter((one) => hoursLeft(one) > 0));
const instant = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2030, 0, 1) });

it('is never inside quiet hours, never earlier than asked nor a day later, and the same when asked again', () => {
  fc.assert(
    fc.property(instant, wish, fc.constantFrom(...markets), (asked, wished, market) => {
      const then = afterQuietHours(asked, wished, market);
      const local = localHourAt(then, market);
      expect(quietAt(local, night), `${local} o'clock`).toBe(false);
      if (wished !== null) expect(quietAt(local, wished), `${local} o'clock`).toBe(false);
      expect(then).toBeGreaterThanOrEqual(asked);
      expect(then - asked).toBeLessThan(24 * 3_600_000);
      expect(afterQuietHours(then, wished, market)).toBe(then);
    }),
    { numRuns: 500 },
  );
});

it('moves nothing that is outside quiet hours', () => {
  fc.assert(
    fc.property(instant, wish, fc.constantFrom(...markets), (asked, wished, market) => {
      const local = localHourAt(asked, market);
      fc.pre(!quietAt(local, night) && (wished === null || !quietAt(local, wished)));
      expect(afterQuietHours(asked, wished, market)).toBe(asked);
    }),
  );
});
