import { desc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  immobilisations,
  latestPositions,
  leases,
  notifications,
  positions,
  trackers,
  vehicleCommands,
  vehicles,
} from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { transact } from '../context.ts';
import { changeStatus } from '../leases/change-status.ts';
import { reportTheft } from '../leases/report-theft.ts';
import { advanceImmobilisation } from './advance-immobilisation.ts';
import { emergencyRestart, mobiliseVehicle } from './mobilise-vehicle.ts';
import { noteAcknowledgement } from './note-acknowledgement.ts';
import { observeOutput } from './observe-output.ts';
import { orderImmobilisation } from './order-immobilisation.ts';
import { takeCommand } from './send-commands.ts';
import { testRelay } from './test-relay.ts';
import { registerTracker } from './tracker-credentials.ts';
import { lookAtImmobilisation, warnImmobilisation } from './warn-immobilisation.ts';

let database: TestDatabase;
const config = testConfig({});
const encryption = createEncryption(config.ENCRYPTION_KEYS);
const deps = () => ({ db: database.db, config, encryption });
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR);
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
const admin = { role: 'admin', id: uuidv7() } as const;
const agent = { role: 'agent', id: uuidv7() } as const;

async function fit(vehicleId: string): Promise<string> {
  const { id } = await transact(database.db, agent, new Date(), (context) =>
    registerTracker(context, { encryption }, { vehicleId, kind: 'native' }),
  );
  await database.db.update(trackers).set({ online: true }).where(eq(trackers.id, id));
  return id;
}

async function parks(vehicleId: string, trackerId: string, ts = new Date()): Promise<void> {
  const where = { lat: 0.3, lon: 32.5, speedKph: 0, ignition: false, suspect: false };
  const fix = { vehicleId, trackerId, ts, receivedAt: new Date(), ...where };
  await database.db
    .insert(latestPositions)
    .values(fix)
    .onConflictDoUpdate({ target: latestPositions.vehicleId, set: fix });
}

async function reports(
  { vehicleId, trackerId }: { vehicleId: string; trackerId: string },
  more: Partial<typeof positions.$inferInsert>,
): Promise<void> {
  await pause();
  const now = new Date();
  const fix = { vehicleId, trackerId, ts: now, sequence: uuidv7(), receivedAt: now };
  await database.db.insert(positions).values({ ...fix, ...more });
}

const commands = (vehicleId: string) =>
  database.db
    .select()
    .from(vehicleCommands)
    .where(eq(vehicleCommands.vehicleId, vehicleId))
    .orderBy(desc(vehicleCommands.issuedAt));

async function episode(vehicleId: string) {
  const rows = database.db.select().from(immobilisations).where(eq(immobilisations.vehicleId, vehicleId));
  return (await rows.orderBy(desc(immobilisations.createdAt)))[0];
}

async function send(vehicleId: string) {
  const [last] = await commands(vehicleId);
  const taken = await takeCommand(deps(), last?.id ?? '');
  return { id: last?.id ?? '', type: taken?.command.type ?? null };
}

async function sees(
  { vehicleId, trackerId }: { vehicleId: string; trackerId: string },
  stopped: boolean,
  ts?: number,
): Promise<void> {
  await pause();
  await observeOutput(database.db, { vehicleId, trackerId, stopped, ts: ts ?? Date.now() });
}

/** The vehicle is told, answers, and is seen to move. */
async function starts(one: { vehicleId: string; trackerId: string }): Promise<void> {
  const { id: commandId } = await send(one.vehicleId);
  const { trackerId } = one;
  await noteAcknowledgement(database.db, {
    trackerId,
    commandId,
    answer: 'accepted',
    reason: null,
    ts: null,
    receivedAt: Date.now(),
  });
  await sees(one, false);
}

/** A lease late by two weeks, warned, whose parked vehicle may be stopped. */
async function waiting() {
  const lease = await bookLease(database, config, {});
  const days = (n: number) => ago(24 * n).toISOString();
  await lease.pays(days(35), 20_000);
  await lease.handOver(days(34));
  const { vehicleId, customerId } = await lease.row();
  await transact(database.db, system('test'), ago(24 * 20), (context) =>
    changeStatus(context, { leaseId: lease.id, to: 'in_arrears' }),
  );
  const trackerId = await fit(vehicleId);
  const { text } = await transact(database.db, system('test'), ago(30), (context) =>
    warnImmobilisation(context, config, { leaseId: lease.id }),
  );
  await database.db.insert(notifications).values({
    id: uuidv7(),
    key: `${lease.id}:${text?.key}`,
    userId: customerId,
    leaseId: lease.id,
    channel: 'sms',
    template: 'immobilisation_warning',
    bodyEncrypted: 'x',
    sentAt: ago(28),
  });
  await transact(database.db, system('test'), new Date(), (context) =>
    lookAtImmobilisation(context, config, { leaseId: lease.id }),
  );
  await parks(vehicleId, trackerId);
  return { lease, vehicleId, trackerId };
}

const code = (work: Promise<{ state: string }>) =>
  work.then(
    ({ state }) => state,
    (error: { code?: string }) => error.code,
  );

it("stops an owner's vehicle by nobody's order, and tests no relay of it", async () => {
  const { vehicleId } = await (await bookLease(database, config, {})).row();
  const trackerId = await fit(vehicleId);
  await parks(vehicleId, trackerId);
  await database.db.update(vehicles).set({ status: 'sold' }).where(eq(vehicles.id, vehicleId));
  expect(await code(testRelay(deps(), agent, trackerId))).toBe('vehicle_with_customer');
  const order = { vehicleId, reason: 'a mistake', order: 'CRB 1' };
  expect(await code(orderImmobilisation(deps(), admin, order))).toBe('vehicle_not_stolen');
});

it('believes no report of a stop that is older than what was seen last', async () => {
  const one = await waiting();
  const { lease, vehicleId } = one;
  await advanceImmobilisation(deps(), vehicleId);
  await send(vehicleId);
  await sees(one, true);
  expect((await episode(vehicleId))?.state).toBe('stopped');
  const late = Date.now();
  await emergencyRestart(deps(), agent, vehicleId);
  await starts(one);
  await sees(one, true, late);
  expect((await episode(vehicleId))?.state).toBe('waiting');
  expect((await lease.row()).status).toBe('in_arrears');
});

it('undoes a stop that acts late in an emergency', async () => {
  const one = await waiting();
  const { lease, vehicleId } = one;
  await advanceImmobilisation(deps(), vehicleId);
  await send(vehicleId);
  await emergencyRestart(deps(), agent, vehicleId);
  await starts(one);
  expect((await episode(vehicleId))?.state).toBe('waiting');
  await sees(one, true);
  expect((await lease.row()).status).toBe('in_arrears');
  expect((await commands(vehicleId))[0]).toMatchObject({ type: 'mobilise', state: 'created' });
  await starts(one);
  expect(await episode(vehicleId)).toMatchObject({ state: 'waiting', endReason: null });
});

it('sends no order to stop to a vehicle that moves meanwhile', async () => {
  const one = await waiting();
  const { vehicleId } = one;
  await advanceImmobilisation(deps(), vehicleId);
  await reports(one, { speedKph: 45, ignition: true });
  expect((await send(vehicleId)).type).toBeNull();
  expect((await commands(vehicleId))[0]).toMatchObject({ state: 'expired', reason: 'vehicle_moving' });
  expect(await advanceImmobilisation(deps(), vehicleId)).toMatchObject({ state: 'waiting', gate: 'vehicle_moving' });
});

it('calls off an order to stop that nobody has sent where a gate has closed', async () => {
  const one = await waiting();
  await advanceImmobilisation(deps(), one.vehicleId);
  await reports(one, { speedKph: 45 });
  const next = await advanceImmobilisation(deps(), one.vehicleId);
  expect(next).toMatchObject({ state: 'waiting', gate: 'vehicle_moving' });
  expect((await send(one.vehicleId)).type).toBeNull();
});

it('takes whatever was received since the believed place for news, in whichever order its clock puts it', async () => {
  const ahead = await waiting();
  await parks(ahead.vehicleId, ahead.trackerId, new Date(Date.now() + 100_000));
  await reports(ahead, { speedKph: 45 });
  expect(await advanceImmobilisation(deps(), ahead.vehicleId)).toMatchObject({ gate: 'vehicle_moving' });
  const hidden = await waiting();
  await reports(hidden, { suspect: true });
  await reports(hidden, { speedKph: 0 });
  expect(await advanceImmobilisation(deps(), hidden.vehicleId)).toMatchObject({ gate: 'fix_suspect' });
});

it('stops nobody for a debt whose vehicle was stolen meanwhile, and leaves the lease stolen', async () => {
  const stolen = async ({ lease }: Awaited<ReturnType<typeof waiting>>) => {
    const { plan } = await lease.row();
    await database.db
      .update(leases)
      .set({ plan: { ...plan, theftPauseDays: null } })
      .where(eq(leases.id, lease.id));
    await transact(database.db, system('test'), new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
  };
  const unsent = await waiting();
  await advanceImmobilisation(deps(), unsent.vehicleId);
  await stolen(unsent);
  expect((await send(unsent.vehicleId)).type).not.toBe('immobilise');
  const sent = await waiting();
  await advanceImmobilisation(deps(), sent.vehicleId);
  await send(sent.vehicleId);
  await stolen(sent);
  await sees(sent, true);
  expect((await sent.lease.row()).status).toBe('stolen');
});

async function tested() {
  const { vehicleId } = await (await bookLease(database, config, {})).row();
  const trackerId = await fit(vehicleId);
  await parks(vehicleId, trackerId);
  await testRelay(deps(), agent, trackerId);
  return { vehicleId, trackerId };
}

it('proves the relay of a tracker by nothing that another was seen to do', async () => {
  const one = await tested();
  const { vehicleId, trackerId } = one;
  await advanceImmobilisation(deps(), vehicleId);
  await send(vehicleId);
  await sees(one, true);
  await advanceImmobilisation(deps(), vehicleId);
  // Another unit is in its place before it was seen to start.
  await database.db.update(trackers).set({ revokedAt: new Date() }).where(eq(trackers.id, trackerId));
  const other = { vehicleId, trackerId: await fit(vehicleId) };
  await database.db
    .update(vehicleCommands)
    .set({ issuedAt: ago(1 / 30), expiresAt: new Date(Date.now() - 1_000) })
    .where(eq(vehicleCommands.vehicleId, vehicleId));
  await advanceImmobilisation(deps(), vehicleId);
  await starts(other);
  expect((await episode(vehicleId))?.state).toBe('ended');
  const [row] = await database.db.select().from(trackers).where(eq(trackers.id, other.trackerId));
  expect(row?.relayProvenAt).toBeNull();
});

it('ends a test of a relay that nobody stands beside any more', async () => {
  const { vehicleId } = await tested();
  await database.db
    .update(immobilisations)
    .set({ createdAt: ago(0.3) })
    .where(eq(immobilisations.vehicleId, vehicleId));
  await advanceImmobilisation(deps(), vehicleId);
  expect(await commands(vehicleId)).toEqual([]);
  expect(await episode(vehicleId)).toMatchObject({ state: 'ended', endReason: 'not_stopped' });
});

it('undoes a stop that comes late while the next notice runs', async () => {
  const one = await waiting();
  const { lease, vehicleId } = one;
  await advanceImmobilisation(deps(), vehicleId);
  await send(vehicleId);
  await mobiliseVehicle(deps(), agent, vehicleId);
  await starts(one);
  await transact(database.db, system('test'), new Date(), (context) =>
    warnImmobilisation(context, config, { leaseId: lease.id }),
  );
  expect((await episode(vehicleId))?.state).toBe('warned');
  await sees(one, true);
  expect((await commands(vehicleId))[0]).toMatchObject({ type: 'mobilise', state: 'created' });
  await starts(one);
  expect((await commands(vehicleId))[0]?.state).toBe('succeeded');
  expect((await lease.row()).immobilisationId).toBeNull();
});

it('ends an order that nobody confirms in a day, counted from the order', async () => {
  const { lease, vehicleId } = await waiting();
  await database.db.update(immobilisations).set({ state: 'warned' }).where(eq(immobilisations.vehicleId, vehicleId));
  expect(await code(orderImmobilisation(deps(), agent, { vehicleId, reason: 'x' }))).toBe('awaiting_confirmation');
  expect((await advanceImmobilisation(deps(), vehicleId)).state).toBe('awaiting_confirmation');
  await database.db
    .update(immobilisations)
    .set({ createdAt: ago(25) })
    .where(eq(immobilisations.vehicleId, vehicleId));
  await advanceImmobilisation(deps(), vehicleId);
  expect(await episode(vehicleId)).toMatchObject({ state: 'ended', endReason: 'order_withdrawn' });
  expect((await lease.row()).immobilisationId).toBeNull();
});

it("stops a stolen vehicle by an admin's order also where a stop for its debt waits", async () => {
  const { lease, vehicleId } = await waiting();
  await transact(database.db, system('test'), new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
  const order = { vehicleId, reason: 'stolen', order: 'CRB 1' };
  expect(await orderImmobilisation(deps(), admin, order)).toMatchObject({ state: 'waiting', cause: 'theft' });
  expect(await advanceImmobilisation(deps(), vehicleId)).toMatchObject({ state: 'stopping' });
  expect(await code(orderImmobilisation(deps(), admin, order))).toBe('immobilisation_under_way');
});
