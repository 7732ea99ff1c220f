import { asc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leases, methods, plans, scheduleLines, users, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { weeklyPlan } from '#test/lease-books';
import { transact, type Context } from '../context.ts';
import { updatePlan } from '../vehicles/update-plan.ts';
import { changeStatus } from './change-status.ts';
import { handOver } from './hand-over.ts';
import { makeOffer } from './make-offer.ts';
import { recordApplication } from './record-application.ts';

/** A lease from its application to its schedule, on plans that say more than a markup. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const at = <T>(work: (context: Context) => Promise<T>) =>
  transact(database.db, system('test'), new Date('2026-01-05T07:00:00Z'), work);

async function applied(plan: Partial<typeof weeklyPlan>, monthlyIncome: number | null = null): Promise<string> {
  const application = { leaseId: uuidv7(), ...(await customer(monthlyIncome)), ...(await choice(plan)) };
  await at((context) => recordApplication(context, application));
  return application.leaseId;
}

async function customer(monthlyIncome: number | null = null) {
  const { db } = database;
  const [customerId, paymentMethodId] = [uuidv7(), uuidv7()];
  await db
    .insert(users)
    .values({ id: customerId, role: 'customer', name: 'Amina', market: 'UG', phoneHash: customerId, monthlyIncome });
  const account = { provider: 'mtn' as const, phoneEncrypted: 'x', phoneHash: paymentMethodId, masked: '+256*' };
  await db.insert(methods).values({ id: paymentMethodId, userId: customerId, ...account });
  return { customerId, paymentMethodId };
}

/** A vehicle that nobody has, and a plan for it. */
async function choice(plan: Partial<typeof weeklyPlan> = {}) {
  const { db } = database;
  const [vehicleId, planId] = [uuidv7(), uuidv7()];
  await db.insert(vehicles).values({
    id: vehicleId,
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2025,
    market: 'UG',
    price: 1_000_000,
    currency: 'UGX',
    registration: vehicleId,
    vin: vehicleId,
  });
  const { vehicleTypes, ...terms } = { ...weeklyPlan, ...plan };
  await db.insert(plans).values({ ...terms, vehicleTypes: [...vehicleTypes], id: planId, name: planId });
  return { vehicleId, planId };
}

const rowOf = async (leaseId: string) =>
  (await database.db.select().from(leases).where(eq(leases.id, leaseId)))[0] ?? expect.fail('no lease');
async function handedOver(leaseId: string) {
  for (const to of ['verifying', 'assessing'] as const) await at((context) => changeStatus(context, { leaseId, to }));
  await at((context) => makeOffer(context, { leaseId, conditions: null }));
  // As if it had been held, signed and paid for.
  await database.db
    .update(leases)
    .set({ status: 'awaiting_handover', depositPaid: (await rowOf(leaseId)).deposit })
    .where(eq(leases.id, leaseId));
  await database.db
    .update(vehicles)
    .set({ status: 'reserved' })
    .where(eq(vehicles.id, (await rowOf(leaseId)).vehicleId));
  await at((context) => handOver(context, { leaseId, odometerKm: 1 }));
  const lines = await database.db
    .select()
    .from(scheduleLines)
    .where(eq(scheduleLines.leaseId, leaseId))
    .orderBy(asc(scheduleLines.number));
  return { row: await rowOf(leaseId), amounts: lines.map(({ amount }) => amount), lines };
}
const earnings = { sharePercent: 30, floor: 50_000, ceiling: 150_000 };

// 900,000 with a fifth on top are 1,080,000, in ten lines of 108,000. Of 1,000,000 a month 30 % are 69,230 a week.
it.each([
  ['the share of what the customer earns', 1_000_000, [...Array.from({ length: 15 }, () => 69_230), 41_550]],
  ['no less than the floor', 100_000, [...Array.from({ length: 21 }, () => 50_000), 30_000]],
  ['no more than the ceiling', 90_000_000, [...Array.from({ length: 7 }, () => 150_000), 30_000]],
  ['those of the plan, where no income is recorded', null, Array.from({ length: 10 }, () => 108_000)],
])('instalments by earnings are %s, and the total is the same', async (_what, income, wanted) => {
  const { row, amounts } = await handedOver(await applied({ earnings }, income));
  expect(amounts).toEqual(wanted);
  expect(row).toMatchObject({ deposit: 100_000, totalPrice: 1_180_000, instalmentsTotal: wanted.length });
});

it('a season makes lines of its months smaller and the others larger, and a running lease keeps its plan', async () => {
  const leaseId = await applied({ season: { 1: 50 }, depositAmount: 300_000 });
  const { planId } = await rowOf(leaseId);
  await at((context) => updatePlan(context, planId, { season: null, markupPercent: 90, depositAmount: null }));
  const { row, amounts } = await handedOver(leaseId);
  // 840,000 over 12, 19 and 26 January at half and seven lines after that.
  expect(amounts).toEqual([
    ...Array.from({ length: 3 }, () => 49_412),
    ...Array.from({ length: 6 }, () => 98_823),
    98_826,
  ]);
  expect(row).toMatchObject({ deposit: 300_000, totalPrice: 1_140_000, instalment: 84_000 });
});

it('a daily plan leaves its days off out', async () => {
  const { lines } = await handedOver(await applied({ frequency: 'daily', daysOffPerMonth: 4 }));
  const days = lines.map(({ dueOn }) => dueOn);
  expect(days.slice(0, 7)).toEqual(['06', '07', '08', '09', '10', '12', '13'].map((day) => `2026-01-${day}`));
});

describe('applications at a time', () => {
  const named = (leaseId: string) => ({ code: 'conflict', message: expect.stringContaining(leaseId) });

  it('of one that applies from two devices at once one is taken, and the other is told which', async () => {
    const one = { applicationsAtOnce: 1 };
    const [who, first, second] = [await customer(), await choice(one), await choice(one)];
    for (const other of [first, second]) {
      const wishes = [first, other].map((wish) => ({ leaseId: uuidv7(), ...who, ...wish }));
      const ended = await Promise.allSettled(wishes.map((wish) => at((context) => recordApplication(context, wish))));
      expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const taken = wishes[ended.findIndex(({ status }) => status === 'fulfilled')]?.leaseId ?? '';
      expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({ reason: named(taken) });
      // The same one again is itself.
      await at((context) => recordApplication(context, { leaseId: taken, ...who, ...first }));
      await at((context) => changeStatus(context, { leaseId: taken, to: 'withdrawn' }));
    }
  });

  it('the same vehicle is applied for once, however many the plan allows', async () => {
    const [who, wish, first] = [await customer(), await choice(), uuidv7()];
    await at((context) => recordApplication(context, { leaseId: first, ...who, ...wish }));
    const again = { leaseId: uuidv7(), ...who, ...wish };
    await expect(at((context) => recordApplication(context, again))).rejects.toMatchObject(named(first));
    const another = { ...again, ...(await choice()) };
    await at((context) => recordApplication(context, another));
  });

  it('where the plan allows two, two are', async () => {
    const [who, third] = [await customer(), uuidv7()];
    const applies = async (leaseId: string, applicationsAtOnce: number) => {
      const wish = { leaseId, ...who, ...(await choice({ applicationsAtOnce })) };
      return at((context) => recordApplication(context, wish));
    };
    const first = uuidv7();
    await applies(first, 1);
    await applies(uuidv7(), 2);
    await expect(applies(third, 2)).rejects.toMatchObject(named(first));
    await applies(third, 3);
  });

  it('one whose vehicle somebody else has meanwhile is not in the way, and one that holds its own is', async () => {
    const one = { applicationsAtOnce: 1 };
    const [who, gone] = [await customer(), await choice(one)];
    const leaseId = uuidv7();
    await at((context) => recordApplication(context, { leaseId, ...who, ...gone }));
    await database.db.update(vehicles).set({ status: 'reserved' }).where(eq(vehicles.id, gone.vehicleId));
    const other = { leaseId: uuidv7(), ...who, ...(await choice(one)) };
    await at((context) => recordApplication(context, other));
    await at((context) => changeStatus(context, { leaseId: other.leaseId, to: 'withdrawn' }));
    await database.db.update(leases).set({ status: 'reserved' }).where(eq(leases.id, leaseId));
    await expect(at((context) => recordApplication(context, { ...other, leaseId: uuidv7() }))).rejects.toMatchObject(
      named(leaseId),
    );
  });
});
