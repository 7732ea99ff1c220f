import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReversedTo } from '#domain/leases/orders';
import { admin, ago, noonOf, stateBooks, today, type Lease } from '#test/stated-books';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** A pay-bill went back to whoever had paid it, as a statement says: nobody moves it to suspense, from where a lease would get it. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

const moves = (lease: Lease, attemptId: string, to: ReversedTo) =>
  lease.at(noonOf(today).toISOString(), (context) =>
    reversePayment({ ...context, actor: admin }, { leaseId: lease.id, attemptId, reason: 'a slip', to }),
  );

/** Of 10,000 the whole went back ten days ago, as its statement says, which was read. */
async function wentBack() {
  const lease = await books.running();
  const { id, back, line } = await books.paid(lease, ago(20));
  books.states([line, back('B', 10_000, ago(10))]);
  await books.reconcile(ago(10));
  return { lease, id };
}
const isGone = { code: 'conflict' };

it('neither what its lease has lost to the provider', async () => {
  const { lease, id } = await wentBack();
  await moves(lease, id, 'provider');
  expect(await books.openCases(id)).toEqual([]);
  await expect(moves(lease, id, 'suspense')).rejects.toMatchObject(isGone);
  await expect(books.resolve(id)).rejects.toMatchObject(isGone);
});

it('nor what had waited there before', async () => {
  const { lease, id } = await wentBack();
  await moves(lease, id, 'suspense');
  await moves(lease, id, 'provider');
  await expect(moves(lease, id, 'suspense')).rejects.toMatchObject(isGone);
  expect(await books.itemOf(id)).toMatchObject({ status: 'returned' });
});

it('but what a person alone has said to be back', async () => {
  const lease = await books.running();
  const { id, line } = await books.paid(lease, ago(20));
  books.states([line]);
  await moves(lease, id, 'provider');
  for (const to of ['suspense', 'provider', 'suspense'] as const) await moves(lease, id, to);
  await books.resolve(id);
  expect(await books.itemOf(id)).toMatchObject({ status: 'posted', amount: 10_000 });
});
