import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outbox } from '#db/schema/index';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { chargeLateFees } from './charge-late-fees.ts';
import { waiveFees } from './waive-fees.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('fees that are waived are told to the customer, with what is left to pay', async () => {
  const lease = await bookLease(database, testConfig(unreachedMobileMoney));
  await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.at('2026-01-29T07:00:00Z', (context) => chargeLateFees(context, { leaseId: lease.id }));
  const { feesCharged: amount } = await lease.row();
  expect(amount).toBeGreaterThan(0);
  await lease.at('2026-01-29T08:00:00Z', (context) =>
    waiveFees(context, { leaseId: lease.id, amount, reason: 'the road was flooded' }),
  );
  const isIts = and(eq(outbox.leaseId, lease.id), eq(outbox.type, 'lease.account_changed'));
  const told = await database.db.select({ data: outbox.data }).from(outbox).where(isIts);
  expect(told).toMatchObject([
    { data: { change: 'fees_waived', amount: { amount }, left: { amount: 100_000, currency: 'UGX' } } },
  ]);
});
