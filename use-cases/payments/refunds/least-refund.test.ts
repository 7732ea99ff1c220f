import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateBooks } from '#test/stated-books';
import { completeLease } from '#use-cases/leases/end-lease';
import { refundsDue } from './refunds.ts';

/** "MTN Uganda moves no less than 500" (docs/money.md): who has rounded his last payment up by a coin. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

describe('credit at the end of a lease', () => {
  for (const [over, parts] of [
    [100, []],
    [499, []],
    [500, [500]],
    [5_000_100, [4_999_600]],
  ] as const)
    it(`of ${over} goes back by mobile money as ${JSON.stringify(parts)} at once`, async () => {
      const lease = await books.running();
      await lease.isCharged('2026-01-06T07:00:00Z', 100_000 + over);
      await lease.at('2026-01-06T08:00:00Z', (context) => completeLease(context, { leaseId: lease.id }));
      expect((await lease.row()).credit).toBe(over);
      const due = await lease.at('2026-01-06T09:00:00Z', (context) =>
        refundsDue(context, books.deps, { leaseId: lease.id }),
      );
      expect(due.map(({ amount }) => amount)).toEqual(parts);
    });
});
