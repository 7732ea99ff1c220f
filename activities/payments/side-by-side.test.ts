import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { transact } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';
import { postPayment } from './post-payment.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const at = new Date('2026-02-10T09:00:00Z');
/** More than there are connections, so that some wait for a lock and some for a connection. */
const PAYMENTS = 14;
const AMOUNT = 5_500;

it('payments that are posted to one lease at the same moment each find what the one before left', async () => {
  const { db } = database;
  const lease = await bookLease(database, testConfig());
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T08:00:00Z');
  const { row: before } = await db.transaction((tx) => lockLease(tx, lease.id));
  const orders = Array.from({ length: PAYMENTS }, () => ({ leaseId: lease.id, attemptId: uuidv7() }));
  await db.insert(attempts).values(
    orders.map(({ leaseId, attemptId }) => ({
      id: attemptId,
      leaseId,
      paymentMethodId: before.paymentMethodId,
      kind: 'instalment' as const,
      due: `pay-${attemptId}`,
      provider: 'mtn' as const,
      payerMasked: '+2567*****100',
      amount: AMOUNT,
      currency: 'UGX' as const,
      status: 'succeeded' as const,
      sent: true,
      providerReference: attemptId,
      requestedAt: at,
      settledAt: at,
    })),
  );

  // Every one twice, as after a lost answer.
  await Promise.all(
    [...orders, ...orders].map((order) => transact(db, system('test'), at, (context) => postPayment(context, order))),
  );

  const { row, lines } = await db.transaction((tx) => lockLease(tx, lease.id));
  const paid = lines.reduce((sum, line) => sum + line.paid, 0);
  expect(paid + row.credit + row.feesPaid).toBe(PAYMENTS * AMOUNT);
  // Each line is full before the next gets anything.
  const partly = lines.filter((line) => line.paid > 0 && line.paid < line.amount);
  expect(partly.length).toBeLessThanOrEqual(1);
  expect(lines.map((line) => line.paid)).toEqual(lines.map((line) => line.paid).toSorted((a, b) => b - a));
});
