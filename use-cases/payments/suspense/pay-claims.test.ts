import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, outbox, transfers, users } from '#db/schema/index';
import { LATER, madeOverBooks, third, type Lease } from '#test/made-over';
import { completeLease } from '../../leases/end-lease.ts';
import { inboundMovements } from '../reconciliation/movements/inbound-movements.ts';
import { undoClaimCash } from '../reversal/claim-cash.ts';
import { payClaims } from './pay-claims.ts';

/** A pay-bill with the reference of a lease that is over pays what is owed by whoever had it before. */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

/** 50,000 are claimed of who had the lease before, which is over and owes nothing. */
async function claimedAfterEnd() {
  const { lease, payment } = await books.charged();
  await lease.isCharged(LATER, 50_000);
  await lease.at(LATER, (context) => completeLease(context, { leaseId: lease.id }));
  await books.reverse(lease, payment);
  return lease;
}

async function comes(lease: Lease, amount: number, payerHash: string | null = null) {
  const inboundId = await books.waitsInSuspense(amount, LATER, { account: lease.reference, payerHash });
  const waitsOn = await payClaims({ db: books.database.db }, { inboundId, lease: await lease.row() });
  return { inboundId, waitsOn };
}

/** How much more the account of suspense holds than waits in it. */
async function tooMuchInSuspense() {
  const [found] = await books.database.db.execute<{ sum: number }>(sql`select (
    (select coalesce(-sum(e.amount), 0) from ledger.entries e join ledger.accounts a on a.id = e.account_id where a.name = 'suspense:mtn')
    - (select coalesce(sum(amount), 0) from payments.inbound where status in ('suspense', 'returning')))::float8 as sum`);
  return found?.sum;
}

const former = async (lease: Lease) => (await lease.balances()).get('former') ?? 0;
const statuses = async ({ id }: Lease) => {
  const isIts = and(eq(cases.leaseId, id), eq(cases.kind, 'former_chargeback'));
  return (await books.database.db.select().from(cases).where(isIts).orderBy(cases.openedAt, cases.id)).map(
    ({ status }) => status,
  );
};
const cameOf = async (inboundId: string) => {
  const row = await books.item(inboundId);
  if (row === undefined) throw new Error('it is gone');
  return inboundMovements({ row, payment: null, returnId: null, answersFor: [] })[0]?.amount;
};

describe('a pay-bill that names a lease that is over', () => {
  it('pays the claim as far as it is owed, and the rest waits on', async () => {
    const lease = await claimedAfterEnd();
    const { inboundId, waitsOn } = await comes(lease, 60_000);
    expect(waitsOn).toBe(true);
    expect(await books.item(inboundId)).toMatchObject({ status: 'suspense', amount: 10_000, claimed: 50_000 });
    expect([await former(lease), await statuses(lease), await tooMuchInSuspense()]).toEqual([0, ['closed'], 0]);
    // A statement tells of all of it.
    expect(await cameOf(inboundId)).toBe(60_000);
    const again = await payClaims({ db: books.database.db }, { inboundId, lease: await lease.row() });
    expect([again, await former(lease), (await lease.row()).credit]).toEqual([true, 0, 0]);
    const isTold = and(eq(outbox.leaseId, lease.id), eq(outbox.type, 'lease.account_changed'));
    const told = await books.database.db.select().from(outbox).where(isTold).orderBy(outbox.number);
    expect(told.at(-1)?.data).toMatchObject({ change: 'booked', amount: { amount: 50_000 }, left: { amount: 0 } });
  });

  it('is all the claim’s where it is no more, and waits again when an admin takes it out', async () => {
    const lease = await claimedAfterEnd();
    const { inboundId, waitsOn } = await comes(lease, 20_000);
    expect([waitsOn, await former(lease), await statuses(lease)]).toEqual([false, 30_000, ['open']]);
    expect(await books.item(inboundId)).toMatchObject({
      status: 'posted',
      leaseId: lease.id,
      paymentId: null,
      amount: 0,
    });
    expect([await cameOf(inboundId), await tooMuchInSuspense()]).toEqual([20_000, 0]);
    const [paid] = await books.database.db
      .select()
      .from(transfers)
      .where(and(eq(transfers.leaseId, lease.id), eq(transfers.kind, 'former_paid')));
    const undone = () =>
      lease.at(LATER, (context) =>
        undoClaimCash(
          { ...context, actor: third },
          { leaseId: lease.id, transferId: paid?.id ?? '', reason: 'it was meant for another' },
        ),
      );
    for (let times = 0; times < 2; times += 1) expect(await undone()).toMatchObject({ amount: 20_000, left: 50_000 });
    expect(await books.item(inboundId)).toMatchObject({
      status: 'suspense',
      leaseId: null,
      amount: 20_000,
      claimed: 0,
    });
    expect([await former(lease), await cameOf(inboundId), await tooMuchInSuspense()]).toEqual([50_000, 20_000, 0]);
    // It is given to the claim once more, where that is what it was for.
    await payClaims({ db: books.database.db }, { inboundId, lease: await lease.row() });
    expect([await former(lease), await tooMuchInSuspense()]).toEqual([30_000, 0]);
  });

  it('is not for the debt of another where whoever has the lease has paid it', async () => {
    const lease = await claimedAfterEnd();
    const { customerId } = await lease.row();
    const [owner] = await books.database.db.select().from(users).where(eq(users.id, customerId));
    const { inboundId, waitsOn } = await comes(lease, 20_000, owner?.phoneHash ?? null);
    expect([waitsOn, await former(lease)]).toEqual([true, 50_000]);
    expect(await books.item(inboundId)).toMatchObject({ status: 'suspense', amount: 20_000, claimed: 0 });
  });
});
