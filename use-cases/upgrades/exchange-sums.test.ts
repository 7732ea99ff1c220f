import { eq, ne } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collections, vintages } from '#db/queries/collections';
import { agreements, attempts, leases, plans, upgrades, users, vehicles } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { money } from '#domain/money';
import { tradeInValue } from '#domain/upgrades/upgrade';
import type { Plan } from '#domain/vehicles/plan';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { openCase } from '../cases/open-case.ts';
import { transact, type Context } from '../context.ts';
import { completeUpgrade } from './complete-upgrade.ts';
import { decideUpgrade } from './decide-upgrade.ts';
import { cancelUpgrade } from './end-upgrade.ts';
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
async function downgrade(
  terms: Partial<Plan>,
  other: Pick<Plan, 'depositPercent' | 'instalments' | 'earnings'> = { depositPercent: 15, instalments: 10 },
) {
  serial += 1;
  const lease = await bookLease(database, config, { price: 5_000_000, plan: { ...weeklyPlan, ...terms } });
  await database.db.update(users).set({ monthlyIncome: 1_200_000 }).where(eq(users.id, lease.customerId));
  await lease.pays('2026-01-05T06:30:00Z', (await lease.row()).deposit);
  await lease.handOver('2026-01-05T07:00:00Z');
  const [vehicleId, upgradeId, planId] = [uuidv7(), uuidv7(), uuidv7()];
  const boxer = { type: 'motorcycle', make: 'Bajaj', model: 'Boxer', year: 2025, market: 'UG' } as const;
  const numbers = { registration: `USUM ${serial}`, vin: `SUM${serial}` };
  await database.db.insert(vehicles).values({ id: vehicleId, ...boxer, ...numbers, price: 1_000_000, currency: 'UGX' });
  const plan = { ...weeklyPlan, id: planId, name: `Sum ${serial}`, vehicleTypes: [boxer.type], ...other };
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

it('is not completed while a case says that money of the lease has gone', async () => {
  const { lease, upgradeId, quoted, seenAs } = await downgrade({ depositPercent: 60 });
  await seenAs(quoted.tradeIn);
  const [paid] = await database.db.select().from(attempts).where(eq(attempts.leaseId, lease.id));
  const opened = { kind: 'receipt_taken', leaseId: lease.id, paymentId: paid?.id ?? '', detail: {} } as const;
  await act((context) => openCase(context, opened));
  const swap = act((context) => completeUpgrade(context, { upgradeId, odometerKm: 5 }));
  await expect(swap).rejects.toMatchObject({ message: expect.stringContaining('receipt_taken') });
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
  const { vehicleId: old } = await lease.row();
  await database.db.update(vehicles).set({ odometerKm: 9_000 }).where(eq(vehicles.id, old));
  expect(await act((context) => completeUpgrade(context, { upgradeId }))).toMatchObject({ status: 'completed' });
  const balances = await lease.balances();
  expect(balances.get('subsidy')).toBe(40_000);
  expect(balances.get('unapplied') ?? 0).toBe(0);
  // The workshop has read more since the inspection.
  const [back] = await database.db.select().from(vehicles).where(eq(vehicles.id, old));
  expect(back).toMatchObject({ status: 'maintenance', odometerKm: 9_000 });
});

it('is seen as far as it is known to have gone where nobody says how far', async () => {
  const { lease, upgradeId } = await downgrade({ depositPercent: 60 });
  const { vehicleId } = await lease.row();
  await database.db.update(vehicles).set({ odometerKm: 4_321 }).where(eq(vehicles.id, vehicleId));
  const seen = await act((context) => inspectUpgrade(context, { upgradeId }));
  expect(seen).toMatchObject({ status: 'inspected', odometerKm: 4_321 });
});

it('is no money that came in', async () => {
  const days = { from: localDate('2026-01-01'), to: localDate('2026-01-31') };
  const asked = { ...days, by: 'month', market: 'UG', lead: 1 } as const;
  const january = await collections(database.db, asked);
  expect(january.map(({ received }) => received)).toEqual([0]);
  const deposits = await database.db
    .select({ paid: attempts.amount })
    .from(attempts)
    .where(ne(attempts.provider, 'trade_in'));
  const [vintage] = await vintages(database.db, 'UG');
  expect(vintage?.months.map(({ collected }) => collected)).toEqual([
    deposits.reduce((sum, { paid }) => sum + paid, 0),
  ]);
});

it('is in instalments of what the customer earns, where its plan says so', async () => {
  const earnings = { sharePercent: 10, floor: 10_000, ceiling: 500_000 };
  const { quoted } = await downgrade({ depositPercent: 5 }, { earnings, depositPercent: 0, instalments: 20 });
  expect(quoted.plan.earnings).toMatchObject({ instalment: 27_692 });
  expect(quoted.instalment).toBe(27_692);
});

/** A document that was signed for the exchange, as far as the swap looks at it. */
async function amendment(upgradeId: string) {
  const [row] = await database.db.select().from(upgrades).where(eq(upgrades.id, upgradeId));
  if (row === undefined) throw new Error('the exchange is gone');
  const { newLeaseId: leaseId, leaseId: fromLeaseId, customerId, deposit, total } = row;
  const id = uuidv7();
  const terms = {
    kind: 'amendment',
    market: 'UG',
    language: 'en',
    template: 1,
    currency: 'UGX',
    deposit,
    total,
  } as const;
  const hashes = { sha256: 'a', htmlSha256: 'b', pdfSha256: 'c', code: id, keyId: 'k', signature: 's' };
  const proof = { by: 'code', channel: 'sms' } as const;
  const dates = { draftedOn: localDate('2026-01-05'), createdAt: at, signedAt: at, inForceAt: at };
  const of = { id, leaseId, fromLeaseId, upgradeId, customerId };
  await database.db.insert(agreements).values({ ...of, ...terms, ...hashes, ...dates, proof, signedName: 'Amina' });
  return async () => (await database.db.select().from(agreements).where(eq(agreements.id, id)))[0]?.became;
}

it('begins as it was signed where the vehicle is taken for more, which is paid out', async () => {
  const { quoted, upgradeId } = await downgrade({ depositPercent: 20 });
  const became = await amendment(upgradeId);
  const admin = { role: 'admin', id: uuidv7() } as const;
  await database.db
    .update(upgrades)
    .set({ tradeIn: quoted.tradeIn - 300_000, payout: 0 })
    .where(eq(upgrades.id, upgradeId));
  const seen = await transact(database.db, admin, at, (context) =>
    inspectUpgrade(context, { upgradeId, odometerKm: 100, tradeIn: money(quoted.tradeIn, 'UGX') }),
  );
  const { deposit, instalment, total } = quoted;
  expect(seen).toMatchObject({ status: 'inspected', deposit, instalment, total });
  expect(seen.payout).toBeGreaterThan(0);
  await act((context) => completeUpgrade(context, { upgradeId, odometerKm: 5 }));
  expect(await became()).toBe('in_effect');
});

it('is void with an exchange that comes to nothing, and nothing else begins than what was signed', async () => {
  const { upgradeId } = await downgrade({ depositPercent: 60 });
  const became = await amendment(upgradeId);
  await database.db.update(upgrades).set({ status: 'inspected', total: 1 }).where(eq(upgrades.id, upgradeId));
  const swap = act((context) => completeUpgrade(context, { upgradeId, odometerKm: 5 }));
  await expect(swap).rejects.toMatchObject({ code: 'agreement_outdated' });
  expect(await became()).toBeNull();
  await act((context) => cancelUpgrade(context, { upgradeId, reason: 'no' }));
  expect(await became()).toBe('void');
});

it('is completed by another person where somebody has said much more than it is worth, and never above what it was sold for', async () => {
  const { lease, quoted, upgradeId } = await downgrade({ depositPercent: 60 });
  const [one, other] = [0, 1].map(() => ({ role: 'admin' as const, id: uuidv7() }));
  // Two years on the road since: the house's rule takes it for a part of its price.
  const before = new Date('2024-01-05T07:00:00Z');
  await database.db.update(leases).set({ handedOverAt: before }).where(eq(leases.id, lease.id));
  const worth = tradeInValue(
    { type: 'motorcycle', price: money(5_000_000, 'UGX') },
    localDate('2024-01-05'),
    localDate('2026-01-05'),
    'UG',
  );
  await database.db.update(upgrades).set({ tradeIn: worth }).where(eq(upgrades.id, upgradeId));
  const by = <T>(actor: typeof one, work: (context: Context) => Promise<T>) =>
    transact(database.db, actor ?? agent, at, work);
  const seen = (amount: number) =>
    by(one, (context) => inspectUpgrade(context, { upgradeId, odometerKm: 100, tradeIn: money(amount, 'UGX') }));
  await expect(seen(5_000_001)).rejects.toMatchObject({ code: 'unprocessable' });
  await seen(quoted.tradeIn);
  await database.db.update(upgrades).set({ status: 'inspected' }).where(eq(upgrades.id, upgradeId));
  const completes = (actor: typeof one) =>
    by(actor, (context) => completeUpgrade(context, { upgradeId, odometerKm: 5 }));
  await expect(completes(one)).rejects.toMatchObject({ code: 'same_person' });
  expect(await completes(other)).toMatchObject({ status: 'completed' });
});
