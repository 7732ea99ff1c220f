import { desc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, immobilisations, latestPositions, notifications, trackers, vehicleCommands } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { transact } from '../context.ts';
import { changeStatus } from '../leases/change-status.ts';
import { reportTheft } from '../leases/report-theft.ts';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { advanceImmobilisation } from './advance-immobilisation.ts';
import { emergencyRestart, mobiliseVehicle } from './mobilise-vehicle.ts';
import { noteAcknowledgement } from './note-acknowledgement.ts';
import { observeOutput } from './observe-output.ts';
import { orderImmobilisation } from './order-immobilisation.ts';
import { takeCommand } from './send-commands.ts';
import { registerTracker, revokeTracker, rotateCredential } from './tracker-credentials.ts';
import { lookAtImmobilisation, warnImmobilisation } from './warn-immobilisation.ts';

let database: TestDatabase;
const config = testConfig({ RESTART_CODE_SECONDS: '1' });
const encryption = createEncryption(config.ENCRYPTION_KEYS);
const deps = () => ({ db: database.db, config, encryption });
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const admin = { role: 'admin', id: uuidv7() } as const;
const agent = { role: 'agent', id: uuidv7() } as const;

const fit = async (vehicleId: string, kind: 'native' | 'owntracks' = 'native') => {
  const { id } = await transact(database.db, agent, new Date(), (context) =>
    registerTracker(context, { encryption }, { vehicleId, kind }),
  );
  await database.db.update(trackers).set({ online: true }).where(eq(trackers.id, id));
  return id;
};
const parks = async (vehicleId: string, trackerId: string, ts = new Date()) => {
  const fix = {
    vehicleId,
    trackerId,
    ts,
    lat: 0.3,
    lon: 32.5,
    speedKph: 0,
    ignition: false,
    receivedAt: new Date(),
    suspect: false,
  };
  await database.db
    .insert(latestPositions)
    .values(fix)
    .onConflictDoUpdate({ target: latestPositions.vehicleId, set: fix });
};
const commands = (vehicleId: string) =>
  database.db
    .select()
    .from(vehicleCommands)
    .where(eq(vehicleCommands.vehicleId, vehicleId))
    .orderBy(desc(vehicleCommands.issuedAt));
const episode = async (vehicleId: string) =>
  (
    await database.db
      .select()
      .from(immobilisations)
      .where(eq(immobilisations.vehicleId, vehicleId))
      .orderBy(desc(immobilisations.createdAt))
  )[0];
const send = async (vehicleId: string) => {
  const [last] = await commands(vehicleId);
  const taken = await takeCommand(deps(), last?.id ?? '');
  return { id: last?.id ?? '', taken };
};
const acks = (trackerId: string, commandId: string) =>
  noteAcknowledgement(database.db, {
    trackerId,
    commandId,
    answer: 'accepted',
    reason: null,
    ts: null,
    receivedAt: Date.now(),
  });
const sees = async (vehicleId: string, trackerId: string, stopped: boolean, ts?: number) => {
  await sleep(5);
  await observeOutput(database.db, { vehicleId, trackerId, stopped, ts: ts ?? Date.now() });
};

async function late() {
  const lease = await bookLease(database, config, {});
  const days = (n: number) => ago(24 * n).toISOString();
  await lease.pays(days(35), 20_000);
  await lease.handOver(days(34));
  await transact(database.db, system('test'), ago(24 * 20), (context) =>
    changeStatus(context, { leaseId: lease.id, to: 'in_arrears' }),
  );
  const { vehicleId } = await lease.row();
  const trackerId = await fit(vehicleId);
  return { lease, vehicleId, trackerId };
}
async function waiting() {
  const one = await late();
  const { lease, vehicleId, trackerId } = one;
  const look = await transact(database.db, system('test'), ago(30), (context) =>
    warnImmobilisation(context, config, { leaseId: lease.id }),
  );
  expect(look.immobilisationId).not.toBeNull();
  await database.db.insert(notifications).values({
    id: uuidv7(),
    key: `${lease.id}:${look.text?.key}`,
    userId: lease.customerId,
    leaseId: lease.id,
    channel: 'sms',
    template: 'immobilisation_warning',
    bodyEncrypted: 'x',
    sentAt: ago(28),
  });
  await transact(database.db, system('test'), new Date(), (context) =>
    lookAtImmobilisation(context, config, { leaseId: lease.id }),
  );
  expect((await episode(vehicleId))?.state).toBe('waiting');
  await parks(vehicleId, trackerId);
  return one;
}
async function stopped() {
  const one = await waiting();
  const { vehicleId, trackerId } = one;
  expect(await advanceImmobilisation(deps(), vehicleId)).toMatchObject({ state: 'stopping' });
  const { id } = await send(vehicleId);
  await acks(trackerId, id);
  await sees(vehicleId, trackerId, true);
  expect((await episode(vehicleId))?.state).toBe('stopped');
  return one;
}

describe('a vehicle that has to move, and one that has not', () => {
  it('a code is given again for the payment after an emergency', async () => {
    const { lease, vehicleId, trackerId } = await stopped();
    await emergencyRestart(deps(), agent, vehicleId);
    await sleep(1_100);
    expect((await advanceImmobilisation(deps(), vehicleId)).text).toBeDefined();
    const { id } = await send(vehicleId);
    await acks(trackerId, id);
    await sees(vehicleId, trackerId, false);
    await database.db
      .update(immobilisations)
      .set({ emergencyUntil: ago(1) })
      .where(eq(immobilisations.vehicleId, vehicleId));
    await parks(vehicleId, trackerId);
    expect(await advanceImmobilisation(deps(), vehicleId)).toMatchObject({ state: 'stopping' });
    await send(vehicleId);
    await sees(vehicleId, trackerId, true);
    expect((await episode(vehicleId))?.state).toBe('stopped');
    await lease.pays(new Date().toISOString(), 90_000);
    expect((await episode(vehicleId))?.state).toBe('starting');
    await sleep(1_100);
    expect((await advanceImmobilisation(deps(), vehicleId)).text).toBeDefined();
  });

  it('a code whose look was lost after its commit (a kill, a time-out) is told all the same', async () => {
    const { lease, vehicleId } = await stopped();
    await lease.pays(new Date().toISOString(), 90_000);
    await sleep(1_100);
    await advanceImmobilisation(deps(), vehicleId); // its answer never reaches the workflow
    expect((await advanceImmobilisation(deps(), vehicleId)).text).toBeDefined();
  });

  it('a customer whose vehicle a late stop has stopped gets a code', async () => {
    const { lease, vehicleId, trackerId } = await waiting();
    await advanceImmobilisation(deps(), vehicleId);
    await send(vehicleId);
    await lease.pays(new Date().toISOString(), 90_000);
    const { id } = await send(vehicleId);
    await acks(trackerId, id);
    await sees(vehicleId, trackerId, false);
    expect((await episode(vehicleId))?.state).toBe('ended');
    await sees(vehicleId, trackerId, true);
    expect((await episode(vehicleId))?.cause).toBe('stray');
    await sleep(1_100);
    expect((await advanceImmobilisation(deps(), vehicleId)).text).toBeDefined();
  });

  it('who says that his stopped vehicle was stolen does not start it by that', async () => {
    const { lease, vehicleId } = await stopped();
    const customer = { role: 'customer', id: lease.customerId } as const;
    await transact(database.db, customer, new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
    // Nor does the look that its workflow takes then.
    await advanceImmobilisation(deps(), vehicleId);
    expect((await commands(vehicleId)).map(({ type }) => type)).toEqual(['immobilise']);
    expect(await episode(vehicleId)).toMatchObject({ state: 'stopped', endReason: null });
  });

  it('to have a vehicle move that has no unit to tell ends some day, or is told to somebody', async () => {
    const lease = await bookLease(database, config, {});
    const { vehicleId } = await lease.row();
    await mobiliseVehicle(deps(), agent, vehicleId);
    await database.db
      .update(immobilisations)
      .set({ startingAt: ago(240) })
      .where(eq(immobilisations.vehicleId, vehicleId));
    for (let i = 0; i < 10; i += 1) await advanceImmobilisation(deps(), vehicleId);
    const open = await database.db.select().from(cases).where(eq(cases.kind, 'vehicle_not_started'));
    const one = await episode(vehicleId);
    expect(one?.state === 'ended' || open.some(({ key }) => key.includes(one?.id ?? '?'))).toBe(true);
  });

  it('who has lost the vehicle is sent no code that starts it', async () => {
    const { lease, vehicleId } = await stopped();
    await transact(database.db, system('test'), new Date(), (context) =>
      changeStatus(context, { leaseId: lease.id, to: 'repossessed' }),
    );
    await sleep(1_100);
    expect((await advanceImmobilisation(deps(), vehicleId)).text).toBeUndefined();
  });

  it('writing a stolen vehicle off does not start it for the thief', async () => {
    const { lease, vehicleId, trackerId } = await late();
    const customer = { role: 'customer', id: lease.customerId } as const;
    await transact(database.db, customer, new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
    await parks(vehicleId, trackerId);
    await orderImmobilisation(deps(), admin, { vehicleId, reason: 'stolen', order: 'CRB 1' });
    await advanceImmobilisation(deps(), vehicleId);
    await send(vehicleId);
    await sees(vehicleId, trackerId, true);
    await transact(database.db, system('test'), new Date(), (context) =>
      changeStatus(context, { leaseId: lease.id, to: 'written_off' }),
    );
    expect((await commands(vehicleId))[0]?.type).not.toBe('mobilise');
  });

  it('keeps its unit while it is stopped, and its password until it is seen to move', async () => {
    const { trackerId, lease, vehicleId } = await stopped();
    const revoke = () => transact(database.db, agent, new Date(), (context) => revokeTracker(context, trackerId));
    const rotate = () =>
      transact(database.db, agent, new Date(), (context) => rotateCredential(context, { encryption }, trackerId));
    await expect(revoke()).rejects.toMatchObject({ code: 'vehicle_stopped' });
    await expect(rotate()).rejects.toMatchObject({ code: 'vehicle_stopped' });
    await lease.pays(new Date().toISOString(), 90_000);
    await expect(rotate()).rejects.toMatchObject({ code: 'vehicle_stopped' });
    await sees(vehicleId, trackerId, false);
    await rotate();
  });
});
