import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { LATER, MADE_OVER, PAID, madeOverBooks, type Lease } from '#test/made-over';
import { completeLease } from '../../leases/end-lease.ts';
import { returnVehicle } from '../../leases/return-vehicle.ts';
import { refundsDue } from './refunds.ts';

/** Credit of a lease that was made over goes back to whoever paid it, but for what who had the lease before had paid. */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

const deps = { mobileMoney: createMobileMoney(testConfig(unreachedMobileMoney)) };
const due = (lease: Lease) => lease.at(LATER, (context) => refundsDue(context, deps, { leaseId: lease.id }));
const returned = (lease: Lease) =>
  lease.at(LATER, (context) => returnVehicle(context, { leaseId: lease.id, reason: 'enough' }));

it.each([false, true])('what a stranger paid goes back to him, made over since: %s', async (isMadeOver) => {
  const lease = await books.begun();
  const inboundId = await books.waitsInSuspense(15_000, PAID);
  if (isMadeOver) await books.makeOver(lease);
  await lease.isCharged(MADE_OVER, 100_000);
  await lease.at(LATER, (context) => completeLease(context, { leaseId: lease.id }));
  const refundOf = await books.givenTo(lease, inboundId, LATER);
  expect(await due(lease)).toMatchObject([{ refundOf, amount: 15_000 }]);
});

it('what who had the lease before had paid has no way back to him', async () => {
  const { lease } = await books.charged();
  await returned(lease);
  expect((await lease.row()).credit).toBe(50_000);
  expect(await due(lease)).toEqual([]);
});

it('what of his payment was booked since goes back to him', async () => {
  const lease = await books.begun();
  const refundOf = await lease.isCharged(PAID, 50_000);
  await books.reverse(lease, refundOf, { amount: 20_000, reversalId: randomUUID() }, PAID);
  await books.makeOver(lease);
  await books.again(lease, refundOf);
  await returned(lease);
  expect((await lease.row()).credit).toBe(50_000);
  expect(await due(lease)).toMatchObject([{ refundOf, amount: 20_000 }]);
});
