import { expect, it } from 'vitest';
import { lastWishOf, saidAtIn, type TextsWish } from './wish.ts';

const at = (time: string) => new Date(`2026-11-30T${time}:00Z`);
const wish = (as: TextsWish['as'], said: string | null, received: string): TextsWish => ({
  as,
  saidAt: said === null ? null : said.includes('-') ? new Date(said) : at(said),
  receivedAt: at(received),
});

it.each([
  ['an older START that comes late', [wish('stop', '10:30', '10:30'), wish('start', '10:20', '10:31')], 'stop'],
  ['an older STOP that comes late', [wish('start', '10:30', '10:30'), wish('stop', '10:20', '10:31')], 'start'],
  ['what came in order', [wish('stop', '10:20', '10:20'), wish('start', '10:30', '10:30')], 'start'],
  ['two of one second', [wish('stop', '10:30', '10:30'), wish('start', '10:30', '10:31')], 'start'],
  ['what does not say when', [wish('start', null, '10:20'), wish('stop', null, '10:30')], 'stop'],
  ['a clock of three hours ahead', [wish('stop', '13:30', '10:30'), wish('start', '13:20', '10:31')], 'stop'],
  ['a clock of years ahead', [wish('stop', '2099-01-01', '10:30'), wish('start', '10:40', '10:40')], 'start'],
] as const)('takes for the last of %s, however they come', (_, wishes, as) => {
  expect(lastWishOf(wishes)?.as).toBe(as);
  expect(lastWishOf(wishes.toReversed())?.as).toBe(as);
});

it('takes none for the last of none', () => {
  expect(lastWishOf([])).toBeUndefined();
});

it.each([
  ['2026-11-30 10:30:00', '10:30'],
  ['2026-11-30T10:30:00.000Z', '10:30'],
  ['2026-11-30T13:30:00+03:00', '10:30'],
  ['2026-11-30T13:30:00 03:00', '10:30'],
  [' 2026-11-30 10:30 ', '10:30'],
] as const)('reads the date %j', (date, time) => {
  expect(saidAtIn(date)).toEqual(at(time));
});

it.each(['', 'yesterday', '2026-13-45 10:30:00', '30/11/2026 10:30'])('does not read the date %j', (date) => {
  expect(saidAtIn(date)).toBeNull();
});
