import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LATER, PAID, madeOverBooks, type Lease } from '#test/made-over';
import { quoteSettlement } from '../../leases/settle-early.ts';

/** An open quote is paid by what it says, whatever is taken back meanwhile, and stands in for it, or comes back. */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

/** What is quoted is paid within the hour. @returns what has become of the lease, and of what who had it before owes. */
async function paysQuote(lease: Lease, meanwhile: () => Promise<unknown>) {
  const quote = await lease.at(LATER, (context) => quoteSettlement(context, { leaseId: lease.id }));
  expect(quote.saved).toBeGreaterThan(0);
  await meanwhile();
  await lease.isCharged('2026-01-08T08:00:00Z', quote.amount);
  const { status, credit } = await lease.row();
  return { status, credit, former: (await lease.balances()).get('former') ?? 0 };
}
const settled = (former: number) => ({ status: 'settled_early', credit: 0, former });

it.each([
  { taken: {}, former: 50_000 },
  { taken: { amount: 20_000, reversalId: randomUUID() }, former: 20_000 },
])('where who had the lease before loses $former of what he had paid', async ({ taken, former }) => {
  const { lease, payment } = await books.charged();
  expect(await paysQuote(lease, () => books.reverse(lease, payment, taken))).toEqual(settled(former));
});

it('where he loses a pay-bill that had gone to suspense by a slip, and was given to the lease again', async () => {
  const { lease, inboundId, payment } = await books.paidByBill();
  const meanwhile = async () => {
    await books.reverse(lease, payment, { to: 'suspense' });
    await books.reverse(lease, await books.givenTo(lease, inboundId, LATER), { to: 'provider' });
  };
  expect(await paysQuote(lease, meanwhile)).toEqual(settled(50_000));
});

it('where a pay-bill goes to suspense by a slip, and is given to its lease again', async () => {
  const lease = await books.begun();
  const inboundId = await books.waitsInSuspense(50_000, PAID);
  const payment = await books.givenTo(lease, inboundId, PAID);
  const meanwhile = async () => {
    await books.reverse(lease, payment, { to: 'suspense' });
    await books.givenTo(lease, inboundId, LATER);
  };
  expect(await paysQuote(lease, meanwhile)).toEqual(settled(0));
});
