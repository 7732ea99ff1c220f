import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { methods } from '#db/schema/index';
import { LATER, madeOverBooks } from '#test/made-over';
import { completeLease } from '../../leases/end-lease.ts';
import { payClaims } from './pay-claims.ts';

let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

it('what comes from the payment method of whoever has the lease now is not for the debt of another', async () => {
  const { lease, payment } = await books.charged();
  await lease.isCharged(LATER, 50_000);
  await lease.at(LATER, (context) => completeLease(context, { leaseId: lease.id }));
  await books.reverse(lease, payment);
  const row = await lease.row();
  // He logs in by one number, and pays by another: a method of his that this lease collects by.
  const [method] = await books.database.db.select().from(methods).where(eq(methods.id, row.paymentMethodId));
  const phoneHash = 'e'.repeat(64);
  await books.database.db
    .update(methods)
    .set({ phoneHash, userId: row.customerId })
    .where(eq(methods.id, row.paymentMethodId));
  expect(method).toBeDefined();
  const inboundId = await books.waitsInSuspense(20_000, LATER, { account: lease.reference, payerHash: phoneHash });
  const waitsOn = await payClaims({ db: books.database.db }, { inboundId, lease: await lease.row() });
  expect([waitsOn, await books.item(inboundId)]).toMatchObject([
    true,
    { status: 'suspense', amount: 20_000, claimed: 0 },
  ]);
});
