import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, cases, immobilisations, notifications } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { bookLease } from '#test/lease-books';
import { admin, agent, ago, createStopWorld, type StopWorld } from '#test/stop-world';
import { transact, type Context } from '../context.ts';
import { changeStatus } from '../leases/change-status.ts';
import { confirmDeath, reportDeath } from '../leases/report-death.ts';
import { reportTheft } from '../leases/report-theft.ts';
import { emergencyRestart, mobiliseVehicle } from './mobilise-vehicle.ts';
import { orderImmobilisation } from './order-immobilisation.ts';
import { revokeTracker, rotateCredential } from './tracker-credentials.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

type Stopped = Awaited<ReturnType<StopWorld['stopped']>>;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a vehicle that has to move, and one that has not', () => {
  it('a code is given again for the payment after an emergency', async () => {
    const { lease, vehicleId, trackerId } = await world.stopped();
    await emergencyRestart(world.deps, agent, vehicleId);
    await sleep(1_100);
    expect((await world.advance(vehicleId)).text).toBeDefined();
    const { id } = await world.send(vehicleId);
    await world.answers(trackerId, id);
    await world.sees({ vehicleId, trackerId }, false);
    await world.database.db
      .update(immobilisations)
      .set({ emergencyUntil: ago(1) })
      .where(eq(immobilisations.vehicleId, vehicleId));
    await world.parks({ vehicleId, trackerId });
    expect(await world.advance(vehicleId)).toMatchObject({ state: 'stopping' });
    await world.send(vehicleId);
    await world.sees({ vehicleId, trackerId }, true);
    expect((await world.episode(vehicleId))?.state).toBe('stopped');
    await lease.pays(new Date().toISOString(), 90_000);
    expect((await world.episode(vehicleId))?.state).toBe('starting');
    await sleep(1_100);
    expect((await world.advance(vehicleId)).text).toBeDefined();
  });

  it('an emergency restart is granted once of what is stopped, and says which of both is missing', async () => {
    const refusal = (vehicleId: string) =>
      emergencyRestart(world.deps, agent, vehicleId).then(
        ({ state }) => state,
        (error: { code?: string; cause?: { code?: string } }) => error.cause?.code ?? error.code,
      );
    const { vehicleId: never } = await world.late();
    expect(await refusal(never)).toBe('vehicle_not_stopped');
    const paid = await world.stopped();
    await paid.lease.pays(new Date().toISOString(), 90_000);
    expect(await refusal(paid.vehicleId)).toBe('vehicle_not_stopped');
    const one = await world.stopped();
    expect(await refusal(one.vehicleId)).toBe('starting');
    expect(await refusal(one.vehicleId)).toBe('emergency_restart_used');
    await world.starts(one);
    expect(await refusal(one.vehicleId)).toBe('emergency_restart_used');
  });

  it('a code whose look was lost after its commit (a kill, a time-out) is told all the same', async () => {
    const { lease, vehicleId } = await world.stopped();
    await lease.pays(new Date().toISOString(), 90_000);
    await sleep(1_100);
    await world.advance(vehicleId); // its answer never reaches the workflow
    expect((await world.advance(vehicleId)).text).toBeDefined();
  });

  /** What is to be told is on record, as its workflow has it; whether it was not before. */
  async function isTold({ lease, vehicleId }: Stopped): Promise<boolean> {
    const { text } = await world.advance(vehicleId);
    const values = { id: uuidv7(), userId: lease.customerId, leaseId: lease.id, bodyEncrypted: 'x' };
    const made = await world.database.db
      .insert(notifications)
      .values({ ...values, key: text?.key ?? '', channel: 'sms', template: 'restart_code' })
      .onConflictDoNothing()
      .returning();
    return text !== undefined && made.length === 1;
  }
  /** Its emergency restart is over, it is stopped again, and its customer pays. */
  async function isStoppedAgainAndPaid(one: Stopped): Promise<void> {
    await world.database.db
      .update(immobilisations)
      .set({ emergencyUntil: ago(1) })
      .where(eq(immobilisations.vehicleId, one.vehicleId));
    await world.parks(one);
    expect(await world.advance(one.vehicleId)).toMatchObject({ state: 'stopping' });
    await world.send(one.vehicleId);
    await world.sees(one, true);
    expect((await world.episode(one.vehicleId))?.state).toBe('stopped');
    await one.lease.pays(new Date().toISOString(), 90_000);
    await sleep(1_100);
  }

  it('a code of another unit is told too, which was fitted in an emergency and counts from one', async () => {
    const one = await world.stopped();
    await emergencyRestart(world.deps, agent, one.vehicleId);
    await sleep(1_100);
    expect(await isTold(one)).toBe(true);
    await world.starts(one);
    await transact(world.database.db, agent, new Date(), (context) => revokeTracker(context, one.trackerId));
    const anew = { ...one, trackerId: await world.fit(one.vehicleId) };
    await isStoppedAgainAndPaid(anew);
    expect(await isTold(anew)).toBe(true);
    const about = (await world.episode(one.vehicleId))?.id ?? '';
    const made = await world.database.db.select().from(audit).where(eq(audit.type, 'vehicle.restart_code_made'));
    const units = made.flatMap(({ detail }) => (detail['immobilisationId'] === about ? [detail['trackerId']] : []));
    expect(units.toSorted()).toEqual([one.trackerId, anew.trackerId].toSorted());
  });

  it('a code is given again, where our clock was ahead when it gave the one of the emergency', async () => {
    const one = await world.stopped();
    await emergencyRestart(world.deps, agent, one.vehicleId);
    await sleep(1_100);
    expect(await isTold(one)).toBe(true);
    await world.database.db
      .update(immobilisations)
      .set({ codeAt: ago(-1) })
      .where(eq(immobilisations.vehicleId, one.vehicleId));
    // The same start goes by the same code.
    expect(await isTold(one)).toBe(false);
    await world.starts(one);
    await isStoppedAgainAndPaid(one);
    expect(await isTold(one)).toBe(true);
    expect(await isTold(one)).toBe(false);
  });

  it('a customer whose vehicle a late stop has stopped gets a code', async () => {
    const { lease, vehicleId, trackerId } = await world.waiting();
    await world.advance(vehicleId);
    await world.send(vehicleId);
    await lease.pays(new Date().toISOString(), 90_000);
    const { id } = await world.send(vehicleId);
    await world.answers(trackerId, id);
    await world.sees({ vehicleId, trackerId }, false);
    expect((await world.episode(vehicleId))?.state).toBe('ended');
    await world.sees({ vehicleId, trackerId }, true);
    expect((await world.episode(vehicleId))?.cause).toBe('stray');
    await sleep(1_100);
    expect((await world.advance(vehicleId)).text).toBeDefined();
  });

  it('who says that his stopped vehicle was stolen does not start it by that', async () => {
    const { lease, vehicleId } = await world.stopped();
    const customer = { role: 'customer', id: lease.customerId } as const;
    await transact(world.database.db, customer, new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
    // Nor does the look that its workflow takes then.
    await world.advance(vehicleId);
    expect((await world.commands(vehicleId)).map(({ type }) => type)).toEqual(['immobilise']);
    expect(await world.episode(vehicleId)).toMatchObject({ state: 'stopped', endReason: null });
  });

  it('who says that a customer has died starts no stopped vehicle by that; once it is proven it moves', async () => {
    const { lease, vehicleId } = await world.stopped();
    const customer = { role: 'customer', id: lease.customerId } as const;
    const as = <T>(by: Actor, work: (context: Context) => Promise<T>) =>
      transact(world.database.db, by, new Date(), work);
    await as(customer, (context) => reportDeath(context, { leaseId: lease.id }));
    await world.advance(vehicleId);
    expect((await world.commands(vehicleId)).map(({ type }) => type)).toEqual(['immobilise']);
    expect(await world.episode(vehicleId)).toMatchObject({ state: 'stopped', endReason: null });
    await as(agent, (context) => confirmDeath(context, { leaseId: lease.id, document: 'certificate 1' }));
    expect(await world.episode(vehicleId)).toMatchObject({ state: 'starting', endReason: 'paused' });
  });

  it('to have a vehicle move that has no unit to tell ends some day, or is told to somebody', async () => {
    const lease = await bookLease(world.database, world.config, {});
    const { vehicleId } = await lease.row();
    await mobiliseVehicle(world.deps, agent, vehicleId);
    await world.database.db
      .update(immobilisations)
      .set({ startingAt: ago(240) })
      .where(eq(immobilisations.vehicleId, vehicleId));
    for (let i = 0; i < 10; i += 1) await world.advance(vehicleId);
    const open = await world.database.db.select().from(cases).where(eq(cases.kind, 'vehicle_not_started'));
    const one = await world.episode(vehicleId);
    expect(one?.state === 'ended' || open.some(({ key }) => key.includes(one?.id ?? '?'))).toBe(true);
  });

  it('who has lost the vehicle is sent no code that starts it', async () => {
    const { lease, vehicleId } = await world.stopped();
    await world.by(new Date(), (context) => changeStatus(context, { leaseId: lease.id, to: 'repossessed' }));
    await sleep(1_100);
    expect((await world.advance(vehicleId)).text).toBeUndefined();
  });

  it('writing a stolen vehicle off does not start it for the thief', async () => {
    const { lease, vehicleId, trackerId } = await world.late();
    const customer = { role: 'customer', id: lease.customerId } as const;
    await transact(world.database.db, customer, new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
    await world.parks({ vehicleId, trackerId });
    await orderImmobilisation(world.deps, admin, { vehicleId, reason: 'stolen', order: 'CRB 1' });
    await world.advance(vehicleId);
    await world.send(vehicleId);
    await world.sees({ vehicleId, trackerId }, true);
    await world.by(new Date(), (context) => changeStatus(context, { leaseId: lease.id, to: 'written_off' }));
    expect((await world.commands(vehicleId))[0]?.type).not.toBe('mobilise');
  });

  it('keeps its unit while it is stopped, and its password until it is seen to move', async () => {
    const { trackerId, lease, vehicleId } = await world.stopped();
    const revoke = () => transact(world.database.db, agent, new Date(), (context) => revokeTracker(context, trackerId));
    const rotate = () =>
      transact(world.database.db, agent, new Date(), (context) => rotateCredential(context, world, trackerId));
    await expect(revoke()).rejects.toMatchObject({ code: 'vehicle_stopped' });
    await expect(rotate()).rejects.toMatchObject({ code: 'vehicle_stopped' });
    await lease.pays(new Date().toISOString(), 90_000);
    await expect(rotate()).rejects.toMatchObject({ code: 'vehicle_stopped' });
    await world.sees({ vehicleId, trackerId }, false);
    await rotate();
  });
});
