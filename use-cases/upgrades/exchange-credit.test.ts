import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cases,
  documents,
  guarantees,
  leases,
  methods,
  outbox,
  submissions,
  upgrades,
  users,
  vehicles,
} from '#db/schema/index';
import { guarantorsOf } from '#db/queries/guarantees';
import { kycNotice } from '#domain/kyc/notice';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { record, transact, type Context } from '../context.ts';
import { reviveWorkflows } from '../upkeep/revive-workflows.ts';
import { releaseExchanged } from '../parties/release-exchanged.ts';
import { acceptUpgrade } from './accept-upgrade.ts';
import { completeUpgrade } from './complete-upgrade.ts';
import { refuseHeldBefore } from '../vehicles/who-holds.ts';
import { decideUpgrade } from './decide-upgrade.ts';
import { cancelUpgrade, lapseUpgrade } from './end-upgrade.ts';
import { extendExchange } from './extend-exchange.ts';
import { inspectUpgrade } from './inspect-upgrade.ts';
import { tellLapsing } from './tell-lapsing.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({ TASK_QUEUE_PREFIX: `x${uuidv7()}-` });
const agent = { role: 'agent', id: uuidv7() } as const;
const at = new Date('2026-01-06T08:00:00Z');
let serial = 0;

const act = <T>(work: (context: Context) => Promise<T>) => transact(database.db, agent, at, work);

/** A customer whose papers an agent has approved, with a lease that began yesterday. */
async function customerWithLease(monthlyIncome: number | null = null) {
  const { db } = database;
  const id = uuidv7();
  await db
    .insert(users)
    .values({ id, role: 'customer', name: 'Amina Nakato', market: 'UG', phoneHash: id, monthlyIncome });
  const file = { userId: id, mediaType: 'image/jpeg', size: 1, contentEncrypted: new Uint8Array([1]), keyId: 'k1' };
  const kinds = (['idFront', 'idBack', 'selfie'] as const).map((kind) => ({ id: uuidv7(), kind, sha256: kind }));
  await db.insert(documents).values(kinds.map((kind) => ({ ...file, ...kind })));
  await db.insert(submissions).values({
    id: uuidv7(),
    userId: id,
    status: 'approved',
    documentType: 'nationalId',
    documentNumberEncrypted: 'sealed',
    documentNumberHash: id,
    country: 'UG',
    documentIds: kinds.map((kind) => kind.id),
    noticeVersion: kycNotice.noticeVersion,
    consentedAt: at,
    decidedAt: at,
    decidedBy: agent.id,
  });
  const lease = await bookLease(database, config, { customerId: id });
  await lease.pays('2026-01-05T06:30:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  return lease;
}
type Lease = Awaited<ReturnType<typeof customerWithLease>>;

/** An exchange that was quoted for a motorcycle of 1,000,000. */
async function exchange(lease: Lease, more: Partial<typeof upgrades.$inferInsert> = {}): Promise<string> {
  serial += 1;
  const [id, vehicleId] = [uuidv7(), uuidv7()];
  const numbers = { registration: `UXCH ${serial}`, vin: `XCH${serial}` };
  const bajaj = { type: 'motorcycle', make: 'Bajaj', model: 'Boxer', year: 2025, market: 'UG' } as const;
  await database.db.insert(vehicles).values({ id: vehicleId, ...bajaj, price: 1_000_000, currency: 'UGX', ...numbers });
  const sums = { price: 1_000_000, tradeIn: 350_000, settlement: 200_000, deposit: 150_000, payout: 0 };
  const terms = { currency: 'UGX', instalment: 100_000, total: 1_150_000, ...sums } as const;
  const whose = { leaseId: lease.id, customerId: lease.customerId, paymentMethodId: lease.methodId };
  const times = { createdAt: at, updatedAt: at, expiresAt: new Date(at.getTime() + 86_400_000) };
  const plan = { ...weeklyPlan, depositPercent: 15 };
  await database.db
    .insert(upgrades)
    .values({ id, status: 'quoted', newLeaseId: uuidv7(), vehicleId, plan, ...whose, ...terms, ...times, ...more });
  return id;
}
const rowOf = async (id: string) => {
  const [row] = await database.db.select().from(upgrades).where(eq(upgrades.id, id));
  if (row === undefined) throw new Error('the exchange is gone');
  const [vehicle] = await database.db.select().from(vehicles).where(eq(vehicles.id, row.vehicleId));
  return { ...row, vehicle: vehicle?.status };
};

/** He was reminded of a line three weeks after it was due: the card approves with ten percent more deposit alone. */
const wasLate = ({ id }: Lease) =>
  act((context) => {
    const detail = { daysPastDue: 20, overdue: 10_000, oldestUnpaidOn: '2026-01-01' };
    const of = { subject: id, leaseId: id, leaseStatus: 'active', detail } as const;
    return record(context, { type: 'payment.overdue', ...of });
  });

describe('the credit of an exchange', () => {
  it('is given on the conditions of the card, which what is owned has to meet', async () => {
    const lease = await customerWithLease();
    await wasLate(lease);
    const upgradeId = await exchange(lease);
    await expect(act((context) => acceptUpgrade(context, { upgradeId }))).rejects.toMatchObject({
      code: 'upgrade_refused',
      message: expect.stringContaining('25 percent, 100000 UGX'),
    });
    await database.db.update(upgrades).set({ tradeIn: 450_000, deposit: 250_000 }).where(eq(upgrades.id, upgradeId));
    const accepted = await act((context) => acceptUpgrade(context, { upgradeId }));
    expect(accepted).toMatchObject({ status: 'approved', credit: { conditions: { depositPercent: 25 } } });
  });

  it.each([
    ['what brings it about', 200_000, 350_000, 'pay so much ahead on this lease first'],
    ['never more than settling this lease costs', 90_000, 240_000, 'paying ahead on this lease does not bring so much'],
  ])('that asks for a higher deposit is told with %s', async (_what, settlement, tradeIn, told) => {
    const lease = await customerWithLease();
    await wasLate(lease);
    const upgradeId = await exchange(lease, { settlement, tradeIn });
    await expect(act((context) => acceptUpgrade(context, { upgradeId }))).rejects.toMatchObject({
      code: 'upgrade_refused',
      message: expect.stringContaining(told),
    });
  });

  it.each([
    ['approved', 'inspected', 'reserved'],
    ['declined', 'declined', 'available'],
  ] as const)('is asked again for what an inspection makes dearer: %s', async (decision, status, vehicle) => {
    // 434,800 a month are less than half of it, 478,280 more.
    const lease = await customerWithLease(900_000);
    const upgradeId = await exchange(lease);
    expect(await act((context) => acceptUpgrade(context, { upgradeId }))).toMatchObject({ status: 'approved' });
    const dearer = { status: 'quoted', inspectedAt: at, inspectedBy: agent.id, instalment: 110_000 } as const;
    await database.db.update(upgrades).set(dearer).where(eq(upgrades.id, upgradeId));
    expect(await act((context) => acceptUpgrade(context, { upgradeId }))).toMatchObject({ status: 'referred' });
    expect(await rowOf(upgradeId)).toMatchObject({ vehicle: 'reserved' });
    const expiresAt = new Date(at.getTime() + 3_600_000);
    await database.db.update(upgrades).set({ expiresAt }).where(eq(upgrades.id, upgradeId));
    await act((context) => decideUpgrade(context, { upgradeId, decision, reason: 'seen' }));
    const decided = await rowOf(upgradeId);
    expect(decided).toMatchObject({ status, vehicle });
    // Decided in the last hour, there is time for the swap all the same.
    if (status === 'inspected') expect(decided.expiresAt.getTime() - at.getTime()).toBeGreaterThan(86_400_000);
  });

  it('has as long with an agent as an application has, and not only as long as the quote was good', async () => {
    const lease = await customerWithLease(900_000);
    const soon = new Date(at.getTime() + 3_600_000);
    const upgradeId = await exchange(lease, { instalment: 110_000, total: 1_250_000, expiresAt: soon });
    // Signed on a Tuesday: five business days are over with the next one.
    const expiresAt = new Date('2026-01-13T08:00:00Z');
    expect(await act((context) => acceptUpgrade(context, { upgradeId }))).toMatchObject({
      status: 'referred',
      expiresAt,
    });
    const later = { upgradeId, decision: 'approved', reason: 'seen' } as const;
    const monday = new Date('2026-01-12T08:00:00Z');
    const decided = await transact(database.db, agent, monday, (context) => decideUpgrade(context, later));
    expect(decided).toMatchObject({ status: 'approved' });
  });

  it('is asked again at the swap, but for what an agent has decided', async () => {
    const lease = await customerWithLease();
    const upgradeId = await exchange(lease);
    await act((context) => acceptUpgrade(context, { upgradeId }));
    const inspected = { status: 'inspected', inspectedAt: at, inspectedBy: agent.id } as const;
    await database.db.update(upgrades).set(inspected).where(eq(upgrades.id, upgradeId));
    await wasLate(lease);
    const swap = () => act((context) => completeUpgrade(context, { upgradeId, odometerKm: 12 }));
    await expect(swap()).rejects.toMatchObject({ code: 'upgrade_refused' });
    expect(await rowOf(upgradeId)).toMatchObject({ status: 'inspected', vehicle: 'reserved' });
    const { credit } = await rowOf(upgradeId);
    if (credit === null) throw new Error('nothing was assessed');
    await database.db
      .update(upgrades)
      .set({ credit: { ...credit, status: 'referred' } })
      .where(eq(upgrades.id, upgradeId));
    expect(await swap()).toMatchObject({ status: 'completed' });
  });
});

it('what is in dispute is paid before a vehicle is exchanged, whenever it came up', async () => {
  const lease = await customerWithLease();
  const upgradeId = await exchange(lease);
  const isInDispute = (disputed: number) => database.db.update(leases).set({ disputed }).where(eq(leases.id, lease.id));
  const refused = { code: 'upgrade_refused', message: 'what is in dispute has to be paid first' };
  const accept = () => act((context) => acceptUpgrade(context, { upgradeId }));
  await isInDispute(40_000);
  await expect(accept()).rejects.toMatchObject(refused);
  await isInDispute(0);
  await accept();
  const inspected = { status: 'inspected', inspectedAt: at, inspectedBy: agent.id } as const;
  await database.db.update(upgrades).set(inspected).where(eq(upgrades.id, upgradeId));
  await isInDispute(40_000);
  await expect(act((context) => completeUpgrade(context, { upgradeId, odometerKm: 12 }))).rejects.toMatchObject(
    refused,
  );
  await isInDispute(0);
});

describe('an exchange that waits for staff', () => {
  const isOpen = (upgradeId: string) => eq(cases.key, `upgrade_waits:${upgradeId}`);
  const waits = async (upgradeId: string) => {
    const rows = await database.db.select().from(cases).where(isOpen(upgradeId)).orderBy(cases.openedAt, cases.id);
    return rows.map(({ status, detail }) => [status, detail['next']]);
  };

  it('is a case of what they do next, until it has gone on', async () => {
    const lease = await customerWithLease(900_000);
    const upgradeId = await exchange(lease, { instalment: 110_000, total: 1_250_000 });
    await act((context) => acceptUpgrade(context, { upgradeId }));
    expect(await waits(upgradeId)).toEqual([['open', 'decide on the credit']]);
    await act((context) => decideUpgrade(context, { upgradeId, decision: 'approved', reason: 'seen' }));
    await act((context) => inspectUpgrade(context, { upgradeId, odometerKm: 100_000 }));
    await act((context) => completeUpgrade(context, { upgradeId, odometerKm: 12 }));
    expect((await waits(upgradeId)).toSorted()).toEqual([
      ['closed', 'decide on the credit'],
      ['closed', 'inspect the vehicle that is given back'],
      ['closed', 'swap the vehicles'],
    ]);
  });

  it('lapses against nobody, and is told of the day before, unless an agent extends it', async () => {
    const lease = await customerWithLease();
    const { db } = database;
    const [upgradeId, other] = [await exchange(lease), await exchange(await customerWithLease())];
    await act((context) => acceptUpgrade(context, { upgradeId }));
    const order = { upgradeId, hours: 24, reason: 'the swap is on Friday' };
    const early = act((context) => extendExchange(context, { ...order, upgradeId: other }));
    await expect(early).rejects.toMatchObject({ code: 'invalid_state' });
    await act((context) => inspectUpgrade(context, { upgradeId, odometerKm: 100_000 }));
    const before = await rowOf(upgradeId);
    const told = () => db.$count(outbox, and(eq(outbox.type, 'upgrade.lapsing'), eq(outbox.leaseId, lease.id)));
    const look = (hours: number) => tellLapsing(db, new Date(before.expiresAt.getTime() - hours * 3_600_000), () => {});
    await look(25);
    expect(await told()).toBe(0);
    await look(24);
    await look(23);
    expect(await told()).toBe(1);
    const { expiresAt } = await act((context) => extendExchange(context, order));
    expect(expiresAt.getTime()).toBe(before.expiresAt.getTime() + 86_400_000);
    await expect(act((context) => extendExchange(context, { ...order, hours: 168 }))).rejects.toMatchObject({
      code: 'extension_refused',
    });
    await look(0);
    expect(await told()).toBe(2);
    const lapsed = await transact(db, agent, expiresAt, (context) => lapseUpgrade(context, upgradeId));
    expect(lapsed).toMatchObject({ status: 'lapsed', lapsedFrom: 'inspected' });
    expect(lapsed.reason).toMatch(/^we have not swapped the vehicles until/);
    expect(await ended(lease)).toMatchObject([{ status: 'lapsed', letGoBy: 'house' }]);
    expect((await waits(upgradeId)).at(-1)).toEqual(['closed', 'swap the vehicles']);
    // Two that came to nothing would keep him from it for a week: one that the house let lapse is none of them.
    const { customerId, vehicleId } = lapsed;
    const again = await exchange(lease, { vehicleId });
    await act((context) => acceptUpgrade(context, { upgradeId: again }));
    await act((context) => cancelUpgrade(context, { upgradeId: again, reason: 'called off' }));
    await act((context) => refuseHeldBefore(context, { customerId, vehicleId }, expiresAt));
  });
});

it('one that lapses since nobody has brought the vehicle is let go by its customer, and says so', async () => {
  const lease = await customerWithLease();
  const upgradeId = await exchange(lease);
  const { expiresAt } = await act((context) => acceptUpgrade(context, { upgradeId }));
  const lapsed = await transact(database.db, agent, expiresAt, (context) => lapseUpgrade(context, upgradeId));
  expect(lapsed.reason).toMatch(/^its customer has not brought the vehicle to be inspected until/);
  expect(await ended(lease)).toMatchObject([{ status: 'lapsed', letGoBy: 'customer', reason: lapsed.reason }]);
});

it('who answers for the lease that is left answers for nothing any more with the swap, and both are told', async () => {
  const lease = await customerWithLease();
  const { db } = database;
  const guarantorId = uuidv7();
  await db
    .insert(users)
    .values({ id: guarantorId, role: 'customer', name: 'Aunt', market: 'UG', phoneHash: guarantorId });
  const whose = { leaseId: lease.id, customerId: lease.customerId, guarantorId, phoneHash: guarantorId };
  const times = { invitedAt: at, consentedAt: at, expiresAt: at };
  await db
    .insert(guarantees)
    .values({ id: uuidv7(), ...whose, ...times, isMadeForIt: false, status: 'consented', cap: 36_000 });
  const upgradeId = await exchange(lease);
  await act((context) => acceptUpgrade(context, { upgradeId }));
  expect((await guarantorsOf(db, [lease.id])).get(lease.id)).toBe(1);
  const inspected = { status: 'inspected', inspectedAt: at, inspectedBy: uuidv7() } as const;
  await db.update(upgrades).set(inspected).where(eq(upgrades.id, upgradeId));
  const { newLeaseId } = await act((context) => completeUpgrade(context, { upgradeId, odometerKm: 12 }));
  for (let times = 0; times < 2; times += 1) await act((context) => releaseExchanged(context, lease.id));
  expect(await guarantorsOf(db, [lease.id, newLeaseId])).toEqual(new Map());
  const isEnd = and(eq(outbox.type, 'guarantor.ended'), eq(outbox.leaseId, lease.id));
  const told = await db.select().from(outbox).where(isEnd);
  expect(told.map(({ data }) => data)).toMatchObject([{ guarantorId, status: 'released' }]);
});

const ended = async ({ id }: Lease) => {
  const isEnd = and(eq(outbox.type, 'upgrade.ended'), eq(outbox.leaseId, id));
  return (await database.db.select().from(outbox).where(isEnd).orderBy(outbox.number)).map(({ data }) => data);
};

it('who pays from two numbers pays from both after an exchange', async () => {
  const lease = await customerWithLease();
  const second = uuidv7();
  const mtn = { provider: 'mtn', phoneEncrypted: 'sealed', phoneHash: second, masked: '+256*' } as const;
  await database.db.insert(methods).values({ id: second, userId: lease.customerId, ...mtn });
  await database.db
    .update(leases)
    .set({ backupMethodIds: [second] })
    .where(eq(leases.id, lease.id));
  // He asks for the other one to be charged first.
  const upgradeId = await exchange(lease, { paymentMethodId: second });
  await act((context) => acceptUpgrade(context, { upgradeId }));
  const inspected = { status: 'inspected', inspectedAt: at, inspectedBy: agent.id } as const;
  await database.db.update(upgrades).set(inspected).where(eq(upgrades.id, upgradeId));
  const { newLeaseId } = await act((context) => completeUpgrade(context, { upgradeId, odometerKm: 12 }));
  const [begun] = await database.db.select().from(leases).where(eq(leases.id, newLeaseId));
  expect(begun).toMatchObject({ paymentMethodId: second, backupMethodIds: [lease.methodId] });
});

it('an exchange whose workflow died after the swap is found, so that the new lease begins its life', async () => {
  const lease = await customerWithLease();
  const upgradeId = await exchange(lease);
  await act((context) => acceptUpgrade(context, { upgradeId }));
  const inspected = { status: 'inspected', inspectedAt: at, inspectedBy: agent.id } as const;
  await database.db.update(upgrades).set(inspected).where(eq(upgrades.id, upgradeId));
  await act((context) => completeUpgrade(context, { upgradeId, odometerKm: 12 }));
  // Of this hour, and not of the past in which it lived.
  await database.db.update(upgrades).set({ endedAt: new Date() }).where(eq(upgrades.id, upgradeId));
  const temporal = await connectTemporal(config);
  const log = createLogger('test', 'silent');
  await reviveWorkflows({ db: database.db, temporal, config, log }, () => {});
  const workflow = temporal.workflow.getHandle(`upgrade-${upgradeId}`);
  expect((await workflow.describe()).status.name).toBe('RUNNING');
  await workflow.terminate('there are no workers');
  await temporal.connection.close();
});
