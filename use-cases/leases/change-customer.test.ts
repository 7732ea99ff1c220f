import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leases } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { day, deps, LINE, runningLease } from '#test/late-money';
import { madeOver } from '#test/another-customer';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { requestPayment } from '../payments/charging/request-payment.ts';
import { quoteSettlement } from './settle-early.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('of who had a lease before', () => {
  it('nothing is collected: not by his settlement, nor by any number of his', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    const [row] = await database.db.select().from(leases).where(eq(leases.id, leaseId));
    const paymentMethodId = row?.paymentMethodId ?? '';
    const quote = await lease.act(day(2), (context) => quoteSettlement(context, { leaseId }), lease.customer);
    const { heir, methodId } = await madeOver(database, lease, 3);
    const prompts = (method: string, quoteId: string) => {
      const settlement = { kind: 'settlement', leaseId, attemptId: randomUUID(), quoteId } as const;
      return lease.act(day(3), (context) => openAttempt(context, deps, { ...settlement, paymentMethodId: method }));
    };
    // What he has begun is not gone on with, and no good to anybody else.
    expect(await prompts(paymentMethodId, quote.id)).toBeNull();
    expect(await prompts(methodId, quote.id)).toBeNull();
    const his = { kind: 'settlement', leaseId, attemptId: randomUUID(), quoteId: quote.id } as const;
    const settles = lease.act(
      day(3),
      (context) => requestPayment(context, deps, { ...his, paymentMethodId: methodId }),
      heir,
    );
    await expect(settles).rejects.toMatchObject({ code: 'quote_expired' });
    // Of a quote of the new customer his own phone is asked, and nobody else's.
    const own = await lease.act(day(3), (context) => quoteSettlement(context, { leaseId }), heir);
    expect(await prompts(paymentMethodId, own.id)).toBeNull();
    expect(await prompts(methodId, own.id)).toMatchObject({ paymentMethodId: methodId });
  });

  it('no money that whoever has it now pays is by his quote', async () => {
    const lease = await runningLease(database, { markupPercent: 20 });
    const { id: leaseId } = lease;
    const quote = await lease.act(day(2), (context) => quoteSettlement(context, { leaseId }), lease.customer);
    expect(quote.saved).toBeGreaterThan(0);
    await madeOver(database, lease, 2);
    await lease.pays(2, quote.amount);
    expect(await lease.books(2)).toMatchObject({ status: 'active', outstanding: 10 * LINE - quote.amount });
  });
});
