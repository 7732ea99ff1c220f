import { expect, it } from 'vitest';
import { FAILURES_A_DAY, refuseOwnPayment } from './own-payments.ts';

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
