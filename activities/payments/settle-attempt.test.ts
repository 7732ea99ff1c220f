import { randomUUID } from 'node:crypto';
import { asc, eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { transact } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';
import { closeCase } from './close-case.ts';
import { openCase } from './open-case.ts';
import { settleAttempt } from './settle-attempt.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const at = new Date('2026-02-10T09:00:00Z');
const actor = system('test');

it('two payments that a provider confirms by one receipt both count, and are a case', async () => {
  const { db } = database;
  const { id: leaseId } = await bookLease(database, testConfig());
  const { paymentMethodId } = (await db.transaction((tx) => lockLease(tx, leaseId))).row;
  const ids = [randomUUID(), randomUUID()] as const;
  await confirmedPayments(
    db,
    ids.map((attemptId) => ({ leaseId, paymentMethodId, attemptId })),
    5_000,
    at,
  );
  await db
    .update(attempts)
    .set({ status: 'pending', providerReference: null })
    .where(inArray(attempts.id, [...ids]));

  const final = { state: 'succeeded', receipt: 'QX12', amount: money(5_000, 'UGX') } as const;
  for (const id of [...ids, ...ids]) await transact(db, actor, at, (context) => settleAttempt(context, id, final));

  const settled = await db
    .select({ status: attempts.status, receipt: attempts.providerReference })
    .from(attempts)
    .where(inArray(attempts.id, [...ids]))
    .orderBy(asc(attempts.providerReference));
  expect(settled).toEqual([
    { status: 'succeeded', receipt: 'QX12' },
    { status: 'succeeded', receipt: null },
  ]);
  expect(await db.select({ kind: cases.kind }).from(cases).where(eq(cases.leaseId, leaseId))).toEqual([
    { kind: 'receipt_taken' },
  ]);
});

it('what happens again after its case was closed has a new case', async () => {
  const { db } = database;
  const leaseId = randomUUID();
  const opens = () =>
    transact(db, actor, at, (context) =>
      openCase(context, { kind: 'refund_failed', leaseId, paymentId: null, detail: {} }),
    );
  // More often than a connection plans a statement anew for each value.
  for (let i = 0; i < 80; i += 1) await opens();
  const all = () => db.select().from(cases).where(eq(cases.leaseId, leaseId)).orderBy(asc(cases.status));
  await opens();
  await opens();
  const [first] = await all();
  expect(await all()).toHaveLength(1);
  await transact(db, actor, at, (context) => closeCase(context, { id: first?.id ?? '', resolution: 'seen' }));
  await opens();
  expect((await all()).map(({ status }) => status)).toEqual(['closed', 'open']);
});
