import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LATER, madeOverBooks } from '#test/made-over';

/** Where the money of whoever had a lease before is decides who owes it, whenever it is moved. */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

const part = (amount: number) => ({ to: 'provider' as const, amount, reversalId: randomUUID() });

describe('a pay-bill of whoever had the lease before', () => {
  it('counts once where it was said to be at its provider, and waits in suspense', async () => {
    const { lease, inboundId, payment } = await books.paidByBill();
    await books.reverse(lease, payment, { to: 'provider' });
    expect(await books.owes(lease)).toEqual([50_000, 50_000, ['former_chargeback']]);
    await books.reverse(lease, payment, { to: 'suspense' });
    await books.reverse(lease, payment, { to: 'suspense' });
    expect(await books.item(inboundId)).toMatchObject({ status: 'suspense', amount: 50_000, wentBack: 0 });
    expect(await books.owes(lease)).toEqual([100_000, 0, []]);
    await books.givenTo(lease, inboundId, LATER);
    expect(await books.owes(lease)).toEqual([50_000, 0, []]);
  });

  it('is owed by him where it was said to wait in suspense, and its provider has it', async () => {
    const { lease, inboundId, payment } = await books.paidByBill();
    await books.reverse(lease, payment, { to: 'suspense' });
    expect(await books.owes(lease)).toEqual([100_000, 0, []]);
    for (const _ of ['once', 'twice']) {
      await books.reverse(lease, payment, { to: 'provider' });
      await books.reverse(lease, payment, { to: 'provider' });
      expect(await books.owes(lease)).toEqual([50_000, 50_000, ['former_chargeback']]);
      expect(await suspenseOf(inboundId)).toEqual([0, 0]);
      await books.reverse(lease, payment, { to: 'suspense' });
      expect(await books.owes(lease)).toEqual([100_000, 0, []]);
      expect(await suspenseOf(inboundId)).toEqual([50_000, 50_000]);
    }
  });

  it('is owed by nobody for a part that was a slip, and waits with the rest', async () => {
    const { lease, inboundId, payment } = await books.paidByBill();
    await books.reverse(lease, payment, part(20_000));
    await books.reverse(lease, payment, { to: 'suspense' });
    expect(await books.owes(lease)).toEqual([80_000, 20_000, ['former_chargeback']]);
    await books.again(lease, payment);
    await books.again(lease, payment);
    expect(await suspenseOf(inboundId)).toEqual([50_000, 50_000]);
    expect(await books.owes(lease)).toEqual([100_000, 0, []]);
  });

  it('stays where it is for a part that was given up as a loss, though it was a slip', async () => {
    const { lease, payment } = await books.paidByBill();
    await books.reverse(lease, payment, part(20_000));
    await books.reverse(lease, payment, { to: 'suspense' });
    await books.giveUp(lease);
    await expect(books.again(lease, payment)).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await books.owes(lease)).toEqual([80_000, 0, []]);
  });

  it('is owed by him for the part that its provider took, wherever the rest is', async () => {
    const { lease, inboundId, payment } = await books.paidByBill();
    await books.reverse(lease, payment, part(20_000));
    await books.reverse(lease, payment, { to: 'provider' });
    expect((await books.owes(lease)).slice(0, 2)).toEqual([50_000, 50_000]);
    for (const _ of ['once', 'twice']) {
      await books.reverse(lease, payment, { to: 'suspense' });
      expect(await books.owes(lease)).toEqual([80_000, 20_000, ['former_chargeback']]);
      expect(await suspenseOf(inboundId)).toEqual([30_000, 30_000]);
      await books.reverse(lease, payment, { to: 'provider' });
      expect((await books.owes(lease)).slice(0, 2)).toEqual([50_000, 50_000]);
      expect(await suspenseOf(inboundId)).toEqual([0, 0]);
    }
    await books.reverse(lease, payment, { to: 'suspense' });
    await books.again(lease, payment);
    expect(await suspenseOf(inboundId)).toEqual([50_000, 50_000]);
    expect(await books.owes(lease)).toEqual([100_000, 0, []]);
  });
});

/** What waits of an item, and what the account of suspense has of it. */
async function suspenseOf(inboundId: string): Promise<[number, number]> {
  const item = await books.item(inboundId);
  const [held] = await books.database.sql<{ sum: number }[]>`
    select coalesce(-sum(e.amount), 0)::int as sum from ledger.entries e
    join ledger.transfers t on t.id = e.transfer_id join ledger.accounts a on a.id = e.account_id
    where a.name = 'suspense:mtn' and (t.cause ->> 'inboundId' = ${inboundId} or t.cause ->> 'paymentId' in (
      select id::text from payments.attempts where provider_reference = ${item?.receipt ?? ''}))`;
  return [item?.status === 'suspense' ? item.amount : 0, held?.sum ?? 0];
}
