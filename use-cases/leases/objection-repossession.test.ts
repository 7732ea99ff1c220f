import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { marketRuleRows } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config } from '#test/late-money';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { transact, type Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { lockLease } from './lease-record.ts';
import { mayObject } from './objection.ts';
import { repossessVehicle } from './repossess-vehicle.ts';
import { restructureLease } from './restructure-lease.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.update(marketRuleRows).set({ repossessionNoticeDays: 3 }).where(eq(marketRuleRows.market, 'UG'));
});
afterAll(() => database.close());
const agent: Actor = { role: 'agent', id: randomUUID() };
const act = <T>(on: string, work: (context: Context) => Promise<T>) =>
  transact(database.db, agent, new Date(`2026-${on}T07:00:00Z`), work);

it('no vehicle is taken back for what its customer may still have undone', async () => {
  const plan = { ...weeklyPlan, frequency: 'daily', lateFee: null } as const;
  const lease = await bookLease(database, config, { plan });
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const { id: leaseId } = lease;
  // A slip: all ten lines tomorrow; he may have it undone until the 19th.
  await act('01-05', (context) => restructureLease(context, { leaseId, instalments: 1, reason: 'a slip' }));
  await act('01-10', (context) => changeStatus(context, { leaseId, to: 'in_arrears' }));
  expect(await act('01-15', async (context) => mayObject(context, (await lockLease(context.tx, leaseId)).row))).toBe(
    true,
  );
  const taken = act('01-15', (context) =>
    repossessVehicle(context, { leaseId, reason: 'does not pay', noticeOn: '2026-01-11' }),
  );
  await expect(taken).rejects.toMatchObject({ code: 'plan_not_agreed' });
});
