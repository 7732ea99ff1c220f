import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, leases } from '#db/schema/index';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { stateFromBooks } from './state-from-books.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('who has just signed, and paid a part of his deposit, is asked for the next one also where his lease is started from the books', async () => {
  const { db } = database;
  const config = testConfig(unreachedMobileMoney);
  const lease = await bookLease(database, config);
  const now = new Date();
  await db.update(leases).set({ agreementSignedAt: now }).where(eq(leases.id, lease.id));
  expect((await stateFromBooks(db, config, lease.id)).state.asked).toBe(true);
  // One prompt takes 5,000 of 20,000.
  await lease.pays(now.toISOString(), 5_000);
  await db.update(attempts).set({ kind: 'deposit', due: 'deposit' }).where(eq(attempts.leaseId, lease.id));
  const { state } = await stateFromBooks(db, config, lease.id);
  expect([state.standing.depositDue, state.asked]).toEqual([15_000, true]);
});
