import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { promises } from '#db/schema/index';
import { madeOverBooks, MADE_OVER, PAID, type Lease } from '#test/made-over';
import { checkPromise, promisePayment } from './promise-payment.ts';

/** Money that was there when a payment was promised keeps no promise, as whichever payment it is booked later. */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

const [PROMISED, LATER] = ['2026-01-20T07:00:00Z', '2026-01-20T09:00:00Z'];

/** The line of the 19th is promised for the 21st. @returns what became of the promise. */
async function promised(lease: Lease, meanwhile: () => Promise<unknown>) {
  await lease.at(PROMISED, (context) =>
    promisePayment(context, { leaseId: lease.id, on: '2026-01-21', amount: 10_000 }),
  );
  await meanwhile();
  await lease.at('2026-01-22T07:00:00Z', (context) => checkPromise(context, { leaseId: lease.id }));
  const isIts = eq(promises.leaseId, lease.id);
  return (await books.database.db.select({ status: promises.status }).from(promises).where(isIts))[0]?.status;
}

it('what stands in for what was taken back of who had the lease before', async () => {
  const lease = await books.begun();
  const payment = await lease.isCharged(PAID, 10_000);
  await books.makeOver(lease, MADE_OVER);
  expect(await promised(lease, () => books.reverse(lease, payment, {}, LATER))).toBe('broken');
});

it('a pay-bill that a slip had put into suspense, and that is given to the lease again', async () => {
  const lease = await books.begun();
  const inboundId = await books.waitsInSuspense(10_000, PAID);
  const payment = await books.givenTo(lease, inboundId, PAID);
  const meanwhile = async () => {
    await books.reverse(lease, payment, { to: 'suspense' }, LATER);
    await books.givenTo(lease, inboundId, LATER);
  };
  expect(await promised(lease, meanwhile)).toBe('broken');
});
