import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQuotes } from '#db/queries/quotes';
import { LATER, PAID, madeOverBooks, type Lease } from '#test/made-over';
import { lockLease } from '../../leases/lease-record.ts';
import { quoteLeft } from '../../leases/quote-cover.ts';
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

it('where the quote is paid before what had gone to suspense by a slip is given to its lease again', async () => {
  const lease = await books.begun();
  const inboundId = await books.waitsInSuspense(50_000, PAID);
  const payment = await books.givenTo(lease, inboundId, PAID);
  const quote = await lease.at(LATER, (context) => quoteSettlement(context, { leaseId: lease.id }));
  await books.reverse(lease, payment, { to: 'suspense' });
  await lease.isCharged('2026-01-08T08:00:00Z', quote.amount);
  await books.givenTo(lease, inboundId, '2026-01-08T09:00:00Z');
  expect(await lease.row()).toMatchObject({ status: 'settled_early', credit: 0 });
});

describe('what was in the books once, and not when the quote was made, leaves as much to pay as what never was', () => {
  /** @returns what is left of a quote once the money is there that was paid before it. */
  async function left(lease: Lease, comes: () => Promise<unknown>) {
    await lease.at(LATER, (context) => quoteSettlement(context, { leaseId: lease.id }));
    await comes();
    return lease.at(LATER, async (context) => {
      const [quote] = await openQuotes(context.tx, lease.id);
      if (quote === undefined) throw new Error('there is no quote');
      return quoteLeft(context, await lockLease(context.tx, lease.id), quote);
    });
  }
  const neverThere = async (amount: number, charged: number) => {
    const lease = await books.begun();
    if (charged > 0) await lease.isCharged(PAID, charged);
    const inboundId = await books.waitsInSuspense(amount, PAID);
    return left(lease, () => books.givenTo(lease, inboundId, LATER));
  };

  it('of a pay-bill that a slip had put into suspense', async () => {
    const lease = await books.begun();
    const inboundId = await books.waitsInSuspense(50_000, PAID);
    await books.reverse(lease, await books.givenTo(lease, inboundId, PAID), { to: 'suspense' }, PAID);
    const its = await left(lease, () => books.givenTo(lease, inboundId, LATER));
    expect([its, await neverThere(50_000, 0)]).toEqual([33_334, 33_334]);
  });

  it.each([
    { taken: {}, sum: 50_000 },
    { taken: { amount: 20_000, reversalId: randomUUID() }, sum: 20_000 },
  ])('of $sum of a charge that were taken back by a slip', async ({ taken, sum }) => {
    const lease = await books.begun();
    const payment = await lease.isCharged(PAID, 50_000);
    await books.reverse(lease, payment, taken, PAID);
    const its = await left(lease, () => books.again(lease, payment));
    expect(its).toBe(await neverThere(sum, 50_000 - sum));
  });
});
