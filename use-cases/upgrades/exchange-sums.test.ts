import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plans, upgrades, vehicles } from '#db/schema/index';
import { money } from '#domain/money';
import type { Plan } from '#domain/vehicles/plan';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { transact, type Context } from '../context.ts';
import { completeUpgrade } from './complete-upgrade.ts';
import { decideUpgrade } from './decide-upgrade.ts';
import { inspectUpgrade } from './inspect-upgrade.ts';
import { requestUpgrade } from './request-upgrade.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({ TASK_QUEUE_PREFIX: `x${uuidv7()}-` });
const agent = { role: 'agent', id: uuidv7() } as const;
const at = new Date('2026-01-05T08:00:00Z');
const act = <T>(work: (context: Context) => Promise<T>) => transact(database.db, agent, at, work);
let serial = 0;

/** A motorcycle of 5,000,000 that was handed over today, and the exchange for one of 1,000,000 that its customer has signed. */
async function downgrade(terms: Partial<Plan>) {
  serial += 1;
  const lease = await bookLease(database, config, { price: 5_000_000, plan: { ...weeklyPlan, ...terms } });
  await lease.pays('2026-01-05T06:30:00Z', (await lease.row()).deposit);
  await lease.handOver('2026-01-05T07:00:00Z');
  const [vehicleId, upgradeId, planId] = [uuidv7(), uuidv7(), uuidv7()];
  const boxer = { type: 'motorcycle', make: 'Bajaj', model: 'Boxer', year: 2025, market: 'UG' } as const;
  const numbers = { registration: `USUM ${serial}`, vin: `SUM${serial}` };
  await database.db.insert(vehicles).values({ id: vehicleId, ...boxer, ...numbers, price: 1_000_000, currency: 'UGX' });
  const plan = { ...weeklyPlan, id: planId, name: `Sum ${serial}`, depositPercent: 15, vehicleTypes: [boxer.type] };
  await database.db.insert(plans).values({ ...plan, active: true, version: 1, createdAt: at, updatedAt: at });
  const quoted = await act((context) => requestUpgrade(context, { upgradeId, leaseId: lease.id, vehicleId, planId }));
  const credit = { status: 'referred', score: 500, tier: 'C', reasons: [] } as const;
  const signed = { status: 'referred', acceptedAt: at, signedName: 'Amina Nakato', credit } as const;
  await database.db.update(upgrades).set(signed).where(eq(upgrades.id, upgradeId));
  await act((context) => decideUpgrade(context, { upgradeId, decision: 'approved', reason: 'seen' }));
  const seenAs = (amount: number) =>
    act((context) => inspectUpgrade(context, { upgradeId, odometerKm: 100, tradeIn: money(amount, 'UGX') }));
  return { lease, quoted, upgradeId, seenAs };
}

it('is signed again where an inspection lowers what is paid out alone', async () => {
  const { quoted, seenAs } = await downgrade({ depositPercent: 60 });
  expect(quoted.payout).toBeGreaterThan(1_000_000);
  const seen = await seenAs(quoted.tradeIn - 100_000);
  expect(seen).toMatchObject({ deposit: quoted.deposit, instalment: quoted.instalment, total: quoted.total });
  expect(seen).toMatchObject({ status: 'quoted', payout: quoted.payout - 100_000 });
});

it('pays out nothing of what somebody else has paid of the price', async () => {
  const subsidy = { amount: 2_000_000, by: 'A fund' };
  const { lease, quoted, upgradeId, seenAs } = await downgrade({ depositPercent: 20, subsidy });
  const { deposit } = await lease.row();
  expect(deposit).toBe(600_000);
  expect(quoted).toMatchObject({ tradeIn: 5_000_000, subsidy: 2_000_000, payout: 0 });
  expect(quoted.deposit).toBeLessThanOrEqual(deposit);
  expect(await seenAs(4_900_000)).toMatchObject({ subsidy: 1_960_000, status: 'quoted' });
  await database.db.update(upgrades).set({ status: 'inspected' }).where(eq(upgrades.id, upgradeId));
  expect(await act((context) => completeUpgrade(context, { upgradeId, odometerKm: 5 }))).toMatchObject({
    status: 'completed',
  });
  const balances = await lease.balances();
  expect(balances.get('subsidy')).toBe(40_000);
  expect(balances.get('unapplied') ?? 0).toBe(0);
});
