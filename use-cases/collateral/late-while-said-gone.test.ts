import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, cases, collateralSteps, leases } from '#db/schema/index';
import { admin, config } from '#test/late-money';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { transact } from '../context.ts';
import { completeStep } from './close-step.ts';
import { tellLateSteps } from './tell-late-steps.ts';
import { localDate } from '#domain/calendar';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('nobody is pressed for a title that he may not give, since a case says that its money has gone', async () => {
  const { db } = database;
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.pays('2026-01-06T07:00:00Z', (await lease.row()).totalPrice - 20_000);
  const at = new Date('2026-11-30T07:00:00Z');
  await db.update(leases).set({ status: 'completed', completedAt: at }).where(eq(leases.id, lease.id));
  const stepId = uuidv7();
  const openedAt = new Date('2026-01-06T07:00:00Z');
  const step = { id: stepId, leaseId: lease.id, kind: 'title', cause: uuidv7(), status: 'open', openedAt } as const;
  await db.insert(collateralSteps).values({ ...step, dueOn: '2026-01-20' });
  const [paid] = await db.select().from(attempts).where(eq(attempts.leaseId, lease.id));
  const paymentId = paid?.id ?? '';
  const gone = { kind: 'reconciliation_missing_there', leaseId: lease.id, paymentId, detail: {} } as const;
  await db.insert(cases).values({ id: uuidv7(), key: 'x', ...gone });
  const done = transact(db, admin, at, (context) =>
    completeStep(context, { stepId, on: localDate('2026-01-20'), reference: 'T 1' }),
  );
  await expect(done).rejects.toMatchObject({ code: 'invalid_state' });
  await tellLateSteps(db, at, () => {});
  // docs/collateral.md: "or a case says that it has gone … nobody is told that they are late".
  expect(await db.$count(cases, and(eq(cases.leaseId, lease.id), eq(cases.kind, 'collateral_overdue')))).toBe(0);
});
