import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { saidGone } from '#db/queries/said-gone';
import { cases, lackingPayments, reconciliations } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import type { CaseKind } from '#domain/cases';
import { admin, noonOf, paidOn, stateBooks, today } from '#test/stated-books';
import { completeLease } from '#use-cases/leases/end-lease';
import { decideCase } from '../deciding/decide-case.ts';
import { tellOfLacking } from './incomplete-statement.ts';
import { reconcileMarket } from './reconcile-market.ts';

let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterEach(async () => {
  await books.database.db.delete(lackingPayments);
  await books.database.db.delete(cases);
});
afterAll(() => books.close());

/** A lease that is over, by a payment that its provider has confirmed and that no statement has. */
async function lacking() {
  const lease = await books.running();
  const { charge } = await books.charged(lease, 120_000);
  await lease.at(noonOf(paidOn).toISOString(), (context) => completeLease(context, { leaseId: lease.id }));
  return { charge, held: () => saidGone(books.database.db, lease.id) };
}

async function read(mornings: number, { keptSince = '', requestedBy = null as string | null } = {}) {
  books.states([], { keptSince });
  const [id, at] = [randomUUID(), noonOf(addDays(paidOn, mornings))];
  const day = { provider: 'mtn', market: 'UG', date: paidOn } as const;
  await books.database.db.insert(reconciliations).values({ id, ...day, requestedBy, status: 'running', startedAt: at });
  return reconcileMarket(books.deps, { reconciliationId: id, at, ...day }).then(
    () => 'read',
    ({ message }: Error) => message,
  );
}

const openOf = (kind: CaseKind) =>
  books.database.db
    .select()
    .from(cases)
    .where(and(eq(cases.kind, kind), eq(cases.status, 'open')));

async function takesAsItIs(): Promise<void> {
  const [open] = await openOf('statement_incomplete');
  if (open === undefined) throw new Error('nobody is told of the statement');
  await decideCase(books.deps, admin, open, undefined, {
    resolution: 'MTN has the money, and their file lacks it for good',
  });
}

describe('a person who closes the case of a statement that lacks money', () => {
  it('takes it as it is, also where it is not kept any more: each payment is a case, and its lease is free once that is closed', async () => {
    const { charge, held } = await lacking();
    for (const mornings of [1, 2, 3]) await read(mornings);
    expect(await held()).toBe('statement_incomplete');
    expect(await read(40, { keptSince: today, requestedBy: admin.id })).toContain('no statement of');
    expect(await held()).toBe('statement_incomplete');

    await takesAsItIs();
    expect(await held()).toBe('reconciliation_missing_there');
    expect(await openOf('reconciliation_missing_there')).toContainEqual(
      expect.objectContaining({
        paymentId: charge,
        detail: expect.objectContaining({ date: paidOn, ledgerAmount: 120_000 }),
      }),
    );
    await books.closes(charge, 'reconciliation_missing_there');
    expect([await held(), await openOf('statement_incomplete')]).toEqual([null, []]);
  });

  it('is not asked again on the mornings after it, on which each payment has the one case that it has', async () => {
    const { held } = await lacking();
    for (const mornings of [1, 2, 3]) await read(mornings);
    await takesAsItIs();
    const opened = await openOf('reconciliation_missing_there');
    expect(await read(4)).toBe('read');
    expect(await openOf('reconciliation_missing_there')).toEqual(opened);
    expect([await held(), await openOf('statement_incomplete')]).toEqual(['reconciliation_missing_there', []]);
  });
});

it('somebody is told of what holds a lease and is not read again, by the morning after the third', async () => {
  const { held } = await lacking();
  for (const mornings of [1, 2]) await read(mornings);
  expect(await read(3, { keptSince: today })).toContain('no statement of');
  const told = async (mornings: number) => {
    await tellOfLacking(books.deps, noonOf(addDays(paidOn, mornings)));
    return (await openOf('statement_incomplete')).length;
  };
  expect([await held(), await told(3), await told(4), await told(40)]).toEqual(['statement_incomplete', 0, 1, 1]);
});
