import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LATER, PAID, madeOverBooks, third } from '#test/made-over';

/** Of a payment that much is owed by who had the lease before as was in the books when it was made over; what was booked later is taken back first. */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

const NEXT = '2026-01-09T07:00:00Z';
const part = (amount: number) => ({ amount, reversalId: randomUUID() });

/** 50,000 were charged, of which 20,000 were taken back when the lease was made over: 70,000 are signed for. They are booked again since. */
async function bookedAgainSince() {
  const lease = await books.begun();
  const payment = await lease.isCharged(PAID, 50_000);
  await books.reverse(lease, payment, part(20_000), PAID);
  await books.makeOver(lease);
  expect(await books.owes(lease)).toEqual([70_000, 0, ['owed_again']]);
  await books.again(lease, payment);
  expect(await books.owes(lease)).toEqual([50_000, 0, []]);
  return { lease, payment };
}

describe('a payment of which a part was out of the books when the lease was made over', () => {
  it('is owed by who has the lease, as far as that part', async () => {
    const { lease, payment } = await bookedAgainSince();
    const taken = part(20_000);
    for (const _ of ['once', 'twice']) await books.reverse(lease, payment, taken);
    expect(await books.owes(lease)).toEqual([70_000, 0, ['owed_again']]);
    await books.reverse(lease, payment, part(10_000));
    expect(await books.owes(lease)).toEqual([70_000, 10_000, ['former_chargeback', 'owed_again']]);
  });

  it.each([{ amount: 50_000 }, { amount: 25_000 }])(
    'is owed by each for his own, by one transfer, where $amount of it are taken',
    async ({ amount }) => {
      const { lease, payment } = await bookedAgainSince();
      const clearing = async () => (await lease.balances()).get('clearing:mtn') ?? 0;
      const before = await clearing();
      const taken = amount === 50_000 ? {} : part(amount);
      for (const _ of ['once', 'twice']) {
        await books.reverse(lease, payment, taken);
        expect(await books.owes(lease)).toEqual([70_000, amount - 20_000, ['former_chargeback', 'owed_again']]);
        expect(await clearing()).toBe(before - amount);
      }
      const of = { actor: third };
      for (const _ of ['once', 'twice']) await books.again(lease, payment, of);
      expect(await books.owes(lease)).toEqual([50_000, 0, []]);
      expect(await clearing()).toBe(before);
      await books.reverse(lease, payment);
      expect((await books.owes(lease)).slice(0, 2)).toEqual([70_000, 30_000]);
    },
  );

  it('is owed as much in parts as at once, whichever is booked again between', async () => {
    const { lease, payment } = await bookedAgainSince();
    await books.reverse(lease, payment, part(25_000));
    await books.reverse(lease, payment, part(5_000));
    expect((await books.owes(lease)).slice(0, 2)).toEqual([70_000, 10_000]);
    const [first] = await books.parts(payment);
    await books.again(lease, payment, { actor: third, transferId: first ?? '' });
    expect((await books.owes(lease)).slice(0, 2)).toEqual([50_000, 5_000]);
    await books.reverse(lease, payment);
    expect((await books.owes(lease)).slice(0, 2)).toEqual([70_000, 30_000]);
  });
});

it('what was all out of the books then is owed by who has the lease, whatever of it had been booked again before', async () => {
  const lease = await books.begun();
  const payment = await lease.isCharged(PAID, 50_000);
  await books.reverse(lease, payment, part(20_000), PAID);
  await books.again(lease, payment, { on: PAID });
  await books.reverse(lease, payment, {}, PAID);
  await books.makeOver(lease);
  await books.again(lease, payment, { actor: third });
  await books.reverse(lease, payment);
  expect((await books.owes(lease)).slice(0, 2)).toEqual([100_000, 0]);
});

it('of two who had the lease before each owes what was in the books in his time', async () => {
  const { lease, payment } = await bookedAgainSince();
  await books.makeOver(lease, LATER);
  await books.reverse(lease, payment, part(5_000), NEXT);
  await books.reverse(lease, payment, {}, NEXT);
  expect((await books.owes(lease, NEXT)).slice(0, 2)).toEqual([50_000, 50_000]);
  expect(await books.claims(lease)).toEqual([5_000, 15_000, 30_000]);
  await books.again(lease, payment, { on: NEXT });
  expect((await books.owes(lease, NEXT)).slice(0, 2)).toEqual([50_000, 0]);
});

it('what was in the books then is his, also once it was put into suspense by a slip and given to the lease again', async () => {
  const { lease, inboundId, payment } = await books.paidByBill();
  await books.reverse(lease, payment, { to: 'suspense' });
  const again = await books.givenTo(lease, inboundId, LATER);
  await books.reverse(lease, again, { to: 'provider' });
  expect((await books.owes(lease)).slice(0, 2)).toEqual([50_000, 50_000]);
});
