import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plans, vehicles } from '#db/schema/index';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { transact } from '../context.ts';
import { requestUpgrade } from './request-upgrade.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({ TASK_QUEUE_PREFIX: `x${uuidv7()}-` });
const agent = { role: 'agent', id: uuidv7() } as const;
const at = new Date('2026-01-05T08:00:00Z');

it.each([
  // 4,000,000 are owed of a motorcycle of 5,000,000, which is worth as much today.
  ['what brings it about', 6_000_000, 'pay so much ahead on this lease first'],
  ['never more than settling this lease costs', 40_000_000, 'with a smaller deposit'],
])('is told to pay ahead %s', async (_what, price, told) => {
  const plan = { ...weeklyPlan, depositPercent: 20 };
  const lease = await bookLease(database, config, { price: 5_000_000, plan });
  await lease.pays('2026-01-05T06:30:00Z', (await lease.row()).deposit);
  await lease.handOver('2026-01-05T07:00:00Z');
  const [vehicleId, planId] = [uuidv7(), uuidv7()];
  const boxer = { type: 'motorcycle', make: 'Bajaj', model: 'Boxer', year: 2025, market: 'UG' } as const;
  const numbers = { registration: `UAH ${vehicleId.slice(-4)}`, vin: `AHEAD${vehicleId}` };
  await database.db.insert(vehicles).values({ id: vehicleId, ...boxer, ...numbers, price, currency: 'UGX' });
  const other = { ...weeklyPlan, id: planId, name: `Ahead ${planId}`, vehicleTypes: [boxer.type], depositPercent: 20 };
  await database.db.insert(plans).values({ ...other, active: true, version: 1, createdAt: at, updatedAt: at });
  const order = { upgradeId: uuidv7(), leaseId: lease.id, vehicleId, planId };
  const asked = transact(database.db, agent, at, (context) => requestUpgrade(context, order));
  await expect(asked).rejects.toMatchObject({ code: 'upgrade_refused', message: expect.stringContaining(told) });
});
