import { expect, it } from 'vitest';
import { FAILURES_A_DAY, isTakenBeside, refuseOwnPayment } from './own-payments.ts';

it.each([
  ['nothing is under way', 10_000, [], 0, null],
  ['a part is under way', 10_000, [4_000, 4_000], 0, null],
  ['what is owed is under way: one more', 10_000, [10_000], 0, null],
  ['what is owed is under way and one more', 10_000, [10_000, 10_000], 0, 'covered'],
  ['parts that cover what is owed, and one more', 3_000, [1_000, 1_000, 1_000, 1_000], 0, 'covered'],
  ['a big one does not count against small ones', 3_000, [900_000, 1_000], 0, null],
  ['many small ones of much that is owed', 5_000_000, Array.from({ length: 10 }, () => 1_000), 0, 'many_under_way'],
  ['nothing is owed, one is under way', 0, [1_000], 0, null],
  ['nothing is owed, two are under way', 0, [1_000, 1_000], 0, 'covered'],
  ['the last failure that is borne', 10_000, [], FAILURES_A_DAY - 1, null],
  ['too many failures', 10_000, [], FAILURES_A_DAY, 'failed_today'],
] as const)('%s', (_what, owed, underWay, failedToday, refused) => {
  expect(refuseOwnPayment({ owed, underWay, failedToday })).toBe(refused);
});

it.each([
  ['nothing is on the phone', 10_000, 0, 10_000, true],
  ['what is due is on the phone', 10_000, 10_000, 10_000, false],
  ['a part of what is on the phone', 4_000, 10_000, 10_000, false],
  ['what is due, of which a part is on the phone', 10_000, 6_000, 10_000, false],
  ['the rest of what is due', 4_000, 6_000, 10_000, true],
  ['what is due, rounded up', 10_050, 10_000, 10_000, false],
  ['whole units of what is due, of which fewer are on the phone', 10_100, 10_000, 10_050, false],
  ['what is due and something ahead', 15_000, 10_000, 10_000, false],
  ['what is on the phone, once it is not due any more', 10_000, 10_000, 0, false],
  ['as much again ahead of what is due', 20_000, 10_000, 10_000, true],
  ['with what is on the phone all that is owed', 90_000, 10_000, 10_000, true],
  ['with what is on the phone more than is owed', 91_000, 10_000, 10_000, false],
  ['a quote', null, 10_000, 10_000, false],
  ['a quote, and nothing is on the phone', null, 0, 10_000, true],
] as const)('beside a request of the lease itself: %s', (_what, amount, asked, due, isTaken) => {
  expect(isTakenBeside({ amount, asked, due, owed: 100_000 })).toBe(isTaken);
});
