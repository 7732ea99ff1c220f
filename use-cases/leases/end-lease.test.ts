import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cases, leases } from '#db/schema/index';
import { money } from '#domain/money';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { completeLease } from './end-lease.ts';
import { requestHardship } from './grant-hardship.ts';
import { openLeaseCase } from './open-lease-case.ts';
import { returnVehicle } from './return-vehicle.ts';

/** What the end of a lease reads in the books, whatever its caller knows. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({});
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';

async function paidInFull() {
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  return { lease, last: await lease.isCharged(DAY_2, 100_000) };
}

it('a lease whose last payment is taken back before its completion goes on, and is completed when it is paid again', async () => {
  const { lease, last } = await paidInFull();
  const complete = () => lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
  await lease.at(DAY_2, (context) => reversePayment(context, { leaseId: lease.id, attemptId: last, reason: 'theft' }));
  expect(await complete()).toMatchObject({ status: 'active', outstanding: 100_000 });
  await lease.isCharged(DAY_2, 100_000);
  expect(await complete()).toMatchObject({ status: 'completed', outstanding: 0 });
});

it.each([
  ['is gone', 0, []],
  ['is less', 2_000, [{ credit: { amount: 2_000, currency: 'UGX' } }]],
])('a workflow that knows of credit which %s by now tells of what is there', async (_what, credit, told) => {
  const { lease } = await paidInFull();
  const detail = { credit: money(5_000, 'UGX') };
  await database.db.update(leases).set({ credit }).where(eq(leases.id, lease.id));
  await lease.at(DAY_2, (context) =>
    openLeaseCase(context, { kind: 'credit_to_return', leaseId: lease.id, paymentId: null, detail }),
  );
  const opened = await database.db.select({ detail: cases.detail }).from(cases).where(eq(cases.leaseId, lease.id));
  expect(opened.map((one) => one.detail)).toEqual(told);
});

it('relief that was asked for of a lease that is over is nobody’s to decide any more', async () => {
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  const asked = { leaseId: lease.id, why: 'illness' } as const;
  const open = () =>
    database.db
      .select({ kind: cases.kind })
      .from(cases)
      .where(and(eq(cases.leaseId, lease.id), eq(cases.status, 'open'), eq(cases.kind, 'hardship_to_decide')));
  await lease.at(DAY_2, (context) => requestHardship(context, asked));
  expect(await open()).toHaveLength(1);
  await lease.at(DAY_2, (context) => returnVehicle(context, { leaseId: lease.id, reason: 'he brings it' }));
  expect(await open()).toEqual([]);
});
