import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saidGone } from '#db/queries/said-gone';
import { reconciliations } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { noonOf, paidOn, stateBooks, type Stated } from '#test/stated-books';
import { completeLease } from '#use-cases/leases/end-lease';
import { refundsDue } from '../refunds/refunds.ts';
import { reconcileMarket } from './reconcile-market.ts';

let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

/** Paid 20,000 more than is owed by a charge that its provider has confirmed. */
async function overpaid() {
  const lease = await books.running();
  const { charge, line } = await books.charged(lease, 120_000);
  await lease.at(noonOf(paidOn).toISOString(), (context) => completeLease(context, { leaseId: lease.id }));
  const held = async () => {
    const due = await lease.at(noonOf(addDays(paidOn, 1)).toISOString(), (context) =>
      refundsDue(context, books.deps, { leaseId: lease.id }),
    );
    const gone = await saidGone(books.database.db, lease.id);
    return [gone, due.map(({ amount, waitsFor }) => [amount, waitsFor ?? 'nothing'])];
  };
  return { charge, line, held };
}

async function read(requestedBy: string | null, lines: readonly Stated[], mornings = 1) {
  books.states(lines);
  const [id, at] = [randomUUID(), noonOf(addDays(paidOn, mornings))];
  const day = { provider: 'mtn', market: 'UG', date: paidOn } as const;
  await books.database.db.insert(reconciliations).values({ id, ...day, requestedBy, status: 'running', startedAt: at });
  await reconcileMarket(books.deps, { reconciliationId: id, at, ...day }).catch(() => {});
}

describe('nothing goes out of a lease whose money is on no statement', () => {
  // Others' money of the same day is on the statement, or not either.
  const stated: Stated[] = [];
  for (const [how, by, kind] of [
    ['that a person asks for', randomUUID(), 'reconciliation_missing_there'],
    ['of the schedule', null, 'statement_incomplete'],
  ] as const)
    it(`by a report ${how}, until its line is there`, async () => {
      const { line, held } = await overpaid();
      await read(by, stated);
      expect(await held()).toEqual([kind, [[20_000, 'case']]]);
      stated.push(line);
      await read(null, stated);
      expect(await held()).toEqual([null, [[20_000, 'nothing']]]);
    });

  it('on the third morning, and until a person takes the statement as it is and has closed the case of the payment', async () => {
    const { charge, held } = await overpaid();
    for (const mornings of [1, 2, 3]) await read(null, stated, mornings);
    expect(await held()).toEqual(['statement_incomplete', [[20_000, 'case']]]);
    await read(randomUUID(), stated, 3);
    expect(await held()).toEqual(['reconciliation_missing_there', [[20_000, 'case']]]);
    await books.closes(charge, 'reconciliation_missing_there');
    await read(null, stated, 3);
    expect(await held()).toEqual([null, [[20_000, 'nothing']]]);
  });

  it('and a person who has closed the case that his own report opened is not asked again by the schedule’s', async () => {
    const { charge, held } = await overpaid();
    await read(randomUUID(), stated);
    await books.closes(charge, 'reconciliation_missing_there');
    await read(null, stated);
    expect(await held()).toEqual([null, [[20_000, 'nothing']]]);
  });
});
