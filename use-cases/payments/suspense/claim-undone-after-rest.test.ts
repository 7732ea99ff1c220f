import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { giveBacks, inbound, transfers } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { LATER, madeOverBooks, third } from '#test/made-over';
import { transact } from '../../context.ts';
import { completeLease } from '../../leases/end-lease.ts';
import { undoClaimCash } from '../reversal/claim-cash.ts';
import { recordGiveBack } from './give-back/give-back-record.ts';
import { payClaims } from './pay-claims.ts';

let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

/** How much more the account of suspense holds than waits in it. */
async function tooMuchInSuspense() {
  const [found] = await books.database.db.execute<{ sum: number }>(sql`select (
    (select coalesce(-sum(e.amount), 0) from ledger.entries e join ledger.accounts a on a.id = e.account_id where a.name = 'suspense:mtn')
    - (select coalesce(sum(amount), 0) from payments.inbound where status in ('suspense', 'returning')))::float8 as sum`);
  return found?.sum;
}

/** Sent to its payer and confirmed, as the workflow of a give-back does. */
async function goesBack(inboundId: string) {
  const id = randomUUID();
  const { amount = 0 } = (await books.item(inboundId)) ?? {};
  await transact(books.database.db, system('give-back'), new Date(LATER), async (context) => {
    const order = { id, inboundId, amount, status: 'pending', callbackHash: id, requestedBy: third.id } as const;
    await context.tx.insert(giveBacks).values({ ...order, sent: true, reason: 'the rest of it' });
    await context.tx.update(inbound).set({ status: 'returning' }).where(eq(inbound.id, inboundId));
    await recordGiveBack(context, id, { state: 'succeeded', receipt: null, amount: money(amount, 'UGX') });
  });
}

it.each([60_000, 100_000])(
  'a claim of 50,000 that a pay-bill of %i had paid, and an admin takes out, can go back after its rest went back',
  async (sum) => {
    const { lease, payment } = await books.charged();
    await lease.isCharged(LATER, 50_000);
    await lease.at(LATER, (context) => completeLease(context, { leaseId: lease.id }));
    await books.reverse(lease, payment);
    const inboundId = await books.waitsInSuspense(sum, LATER, { account: lease.reference, payerHash: null });
    await payClaims({ db: books.database.db }, { inboundId, lease: await lease.row() });
    await goesBack(inboundId);
    expect(await books.item(inboundId)).toMatchObject({ status: 'returned' });
    expect(await tooMuchInSuspense()).toBe(0);
    const [paid] = await books.database.db
      .select()
      .from(transfers)
      .where(and(eq(transfers.leaseId, lease.id), eq(transfers.kind, 'former_paid')));
    await lease.at(LATER, (context) =>
      undoClaimCash(
        { ...context, actor: third },
        { leaseId: lease.id, transferId: paid?.id ?? '', reason: 'another’s' },
      ),
    );
    expect(await books.item(inboundId)).toMatchObject({ status: 'suspense', amount: 50_000 });
    expect(await tooMuchInSuspense()).toBe(0);
    await goesBack(inboundId);
    expect(await books.item(inboundId)).toMatchObject({ status: 'returned' });
    expect(await tooMuchInSuspense()).toBe(0);
  },
);
