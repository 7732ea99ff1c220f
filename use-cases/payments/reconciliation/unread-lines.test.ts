import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases, inbound, reconciliations } from '#db/schema/index';
import { admin, paidOn, stateBooks } from '#test/stated-books';
import { closeCase } from '../../cases/close-case.ts';
import { transact } from '../../context.ts';

let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

const told = (status: 'open' | 'closed') =>
  books.database.db
    .select()
    .from(cases)
    .where(and(eq(cases.kind, 'statement_unread'), eq(cases.status, status)));

it('a fee, a transfer to the bank and a line of nothing are counted and told once, and hold up nothing else of their day', async () => {
  const lease = await books.running();
  const { line } = await books.charged(lease, 10_000);
  const named = (type: string, amount: number) => ({ on: paidOn, type, receipt: randomUUID().slice(0, 8), amount });
  const announcedByNobody = { ...named('payBill', 7_000), account: lease.reference };
  const lines = [line, named('fee', 50), named('withdrawal', 900_000), named('charge', 0), announcedByNobody];
  books.states(lines);
  expect(await books.reconcile(paidOn, lease)).toEqual([]);
  const taken = eq(inbound.receipt, announcedByNobody.receipt.toUpperCase());
  expect(await books.database.db.$count(inbound, taken)).toBe(1);
  const [report] = await books.database.db.select().from(reconciliations).where(eq(reconciliations.date, paidOn));
  expect(report?.totals).toMatchObject([{ matched: 1, unread: 3 }]);
  const [open, ...others] = await told('open');
  expect(others).toEqual([]);
  expect(open?.detail).toMatchObject({ provider: 'mtn', market: 'UG', date: paidOn, unread: 3 });
  expect(open?.detail['lines']).toMatchObject([
    { field: 'type', type: 'fee', amount: 50 },
    { field: 'type', type: 'withdrawal', amount: 900_000 },
    { field: 'amount', type: 'charge', amount: 0 },
  ]);

  // The day is read on other mornings too: who has looked is not asked again, but about what is new.
  await transact(books.database.db, admin, new Date(), (context) =>
    closeCase(context, { id: open?.id ?? '', resolution: 'fees of the provider' }),
  );
  await books.differencesOf(paidOn);
  expect(await told('open')).toEqual([]);
  books.states([...lines, named('fee', 60)]);
  await books.differencesOf(paidOn);
  expect((await told('open')).map(({ detail }) => detail['unread'])).toEqual([4]);
});
