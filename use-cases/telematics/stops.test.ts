import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { immobilisations, leases, maintenance, notifications, pauses, trackers, vehicles } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { bookLease } from '#test/lease-books';
import { admin, agent, ago, createStopWorld, type StopWorld, stateOrCode } from '#test/stop-world';
import { reportTheft } from '../leases/report-theft.ts';
import { emergencyRestart, mobiliseVehicle } from './mobilise-vehicle.ts';
import { orderImmobilisation } from './order-immobilisation.ts';
import { testRelay } from './test-relay.ts';
import { revokeTracker } from './tracker-credentials.ts';
import { warnImmobilisation } from './warn-immobilisation.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

it("stops an owner's vehicle by nobody's order, and tests no relay of it", async () => {
  const { vehicleId } = await (await bookLease(world.database, world.config, {})).row();
  const trackerId = await world.fit(vehicleId);
  await world.parks({ vehicleId, trackerId });
  await world.database.db.update(vehicles).set({ status: 'sold' }).where(eq(vehicles.id, vehicleId));
  expect(await stateOrCode(testRelay(world.deps, agent, trackerId))).toBe('vehicle_with_customer');
  const order = { vehicleId, reason: 'a mistake', order: 'CRB 1' };
  expect(await stateOrCode(orderImmobilisation(world.deps, admin, order))).toBe('vehicle_not_stolen');
});

it('believes no report of a stop that is older than what was seen last', async () => {
  const one = await world.waiting();
  const { lease, vehicleId } = one;
  await world.advance(vehicleId);
  await world.send(vehicleId);
  await world.sees(one, true);
  expect((await world.episode(vehicleId))?.state).toBe('stopped');
  const late = Date.now();
  await emergencyRestart(world.deps, agent, vehicleId);
  await world.starts(one);
  await world.sees(one, true, late);
  expect((await world.episode(vehicleId))?.state).toBe('waiting');
  expect((await lease.row()).status).toBe('in_arrears');
});

it.each([
  ['a text that a gateway has taken and no network has delivered', { deliveredAt: null }, 'notice_not_delivered'],
  ['a text that has arrived just now', { deliveredAt: new Date() }, 'notice_running'],
  ['what a push service has taken', { deliveredAt: null, channel: 'push' }, 'notice_not_delivered'],
  ['an e-mail that was taken, of which no server says more', { deliveredAt: null, channel: 'email' }, null],
] as const)('a warning counts by its arrival: %s', async (_, how, gate) => {
  const { lease, vehicleId } = await world.waiting();
  await world.database.db.update(notifications).set(how).where(eq(notifications.leaseId, lease.id));
  expect((await world.advance(vehicleId)).gate).toBe(gate);
});

it('takes the place of a unit whose clock is behind for no place of now, however fresh it came', async () => {
  const one = await world.waiting();
  await world.parks(one, { ts: ago(3), receivedAt: new Date() });
  expect(await world.advance(one.vehicleId)).toMatchObject({ state: 'waiting', gate: 'fix_stale' });
  await world.parks(one);
  expect(await world.advance(one.vehicleId)).toMatchObject({ state: 'stopping', gate: null });
});

it('warns anew of a stop whose warning, its network says after the notice, has never arrived', async () => {
  const one = await world.waiting();
  const { lease, vehicleId } = one;
  const never = { sentAt: null, failedAt: new Date(), reason: 'undelivered' } as const;
  await world.database.db.update(notifications).set(never).where(eq(notifications.leaseId, lease.id));
  const next = await world.advance(vehicleId);
  expect(next).toMatchObject({ state: 'waiting', gate: 'notice_not_delivered' });
  expect(next.text?.message).toMatchObject({ template: 'immobilisation_warning', hours: 24 });
  // Whoever was to send it died: it is the same one.
  expect((await world.advance(vehicleId)).text?.key).toBe(next.text?.key);
  await world.delivers(lease, next.text?.key ?? '', new Date());
  expect(await world.advance(vehicleId)).toMatchObject({ state: 'waiting', gate: 'notice_running' });
  await world.database.db
    .update(notifications)
    .set({ sentAt: ago(25), deliveredAt: ago(25) })
    .where(eq(notifications.key, next.text?.key ?? ''));
  await world.parks(one);
  expect(await world.advance(vehicleId)).toMatchObject({ state: 'stopping', gate: null });
});

it('proves the relay of a unit that was exchanged during a lease while the vehicle is in the workshop, and only then', async () => {
  const { db } = world.database;
  const one = await world.late();
  const { lease, vehicleId } = one;
  await world.by(new Date(), (context) => revokeTracker(context, one.trackerId));
  const trackerId = await world.fit(vehicleId);
  const fitted = { vehicleId, trackerId };
  await world.parks(fitted);
  const test = () => stateOrCode(testRelay(world.deps, agent, trackerId));
  expect(await test()).toBe('vehicle_with_customer');
  const id = uuidv7();
  const work = {
    id,
    vehicleId,
    kind: 'repair',
    reason: 'a new unit',
    from: localDate('2026-01-05'),
    until: localDate('2026-01-05'),
  } as const;
  await db.insert(maintenance).values({ ...work, status: 'started', leaseId: lease.id, startedAt: ago(1) });
  await world.parks(fitted, { speedKph: 20, ignition: true });
  expect(await test()).toBe('vehicle_moving');
  await world.parks(fitted);
  expect(await test()).toBe('waiting');
  await world.advance(vehicleId);
  await world.send(vehicleId);
  await world.sees(fitted, true);
  expect((await lease.row()).status).toBe('in_arrears');
  expect(await world.advance(vehicleId)).toMatchObject({ state: 'starting' });
  await world.starts(fitted);
  const [row] = await db.select().from(trackers).where(eq(trackers.id, trackerId));
  expect([row?.relayProvenAt, (await world.episode(vehicleId))?.state]).toEqual([expect.any(Date), 'ended']);

  // The work is done before the stop was sent: whoever fetches the vehicle rides away with it.
  await world.parks(fitted);
  expect(await test()).toBe('waiting');
  await db.update(maintenance).set({ status: 'done' }).where(eq(maintenance.id, id));
  expect(await world.advance(vehicleId)).toMatchObject({ state: 'ended', gate: 'vehicle_with_customer' });
});

it('undoes a stop that acts late in an emergency', async () => {
  const one = await world.waiting();
  const { lease, vehicleId } = one;
  await world.advance(vehicleId);
  await world.send(vehicleId);
  await emergencyRestart(world.deps, agent, vehicleId);
  await world.starts(one);
  expect((await world.episode(vehicleId))?.state).toBe('waiting');
  await world.sees(one, true);
  expect((await lease.row()).status).toBe('in_arrears');
  expect((await world.commands(vehicleId))[0]).toMatchObject({ type: 'mobilise', state: 'created' });
  await world.starts(one);
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'waiting', endReason: null });
});

it('sends no order to stop to a vehicle that moves meanwhile', async () => {
  const one = await world.waiting();
  const { vehicleId } = one;
  await world.advance(vehicleId);
  await world.reports(one, { speedKph: 45, ignition: true });
  expect((await world.send(vehicleId)).type).toBeNull();
  expect((await world.commands(vehicleId))[0]).toMatchObject({ state: 'expired', reason: 'vehicle_moving' });
  expect(await world.advance(vehicleId)).toMatchObject({ state: 'waiting', gate: 'vehicle_moving' });
});

it('calls off an order to stop that nobody has sent where a gate has closed', async () => {
  const one = await world.waiting();
  await world.advance(one.vehicleId);
  await world.reports(one, { speedKph: 45 });
  const next = await world.advance(one.vehicleId);
  expect(next).toMatchObject({ state: 'waiting', gate: 'vehicle_moving' });
  expect((await world.send(one.vehicleId)).type).toBeNull();
});

it('takes whatever was received since the believed place for news, in whichever order its clock puts it', async () => {
  const ahead = await world.waiting();
  await world.parks(ahead, { ts: new Date(Date.now() + 100_000) });
  await world.reports(ahead, { speedKph: 45 });
  expect(await world.advance(ahead.vehicleId)).toMatchObject({ gate: 'vehicle_moving' });
  const hidden = await world.waiting();
  await world.reports(hidden, { suspect: true });
  await world.reports(hidden, { speedKph: 0 });
  expect(await world.advance(hidden.vehicleId)).toMatchObject({ gate: 'fix_suspect' });
});

it('stops nobody for a debt whose vehicle was stolen meanwhile, and leaves the lease stolen', async () => {
  const stolen = async ({ lease }: Awaited<ReturnType<StopWorld['waiting']>>) => {
    const { plan } = await lease.row();
    await world.database.db
      .update(leases)
      .set({ plan: { ...plan, theftPauseDays: null } })
      .where(eq(leases.id, lease.id));
    await world.by(new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
  };
  const unsent = await world.waiting();
  await world.advance(unsent.vehicleId);
  await stolen(unsent);
  expect((await world.send(unsent.vehicleId)).type).not.toBe('immobilise');
  const sent = await world.waiting();
  await world.advance(sent.vehicleId);
  await world.send(sent.vehicleId);
  await stolen(sent);
  await world.sees(sent, true);
  expect((await sent.lease.row()).status).toBe('stolen');
});

async function tested() {
  const { vehicleId } = await (await bookLease(world.database, world.config, {})).row();
  const trackerId = await world.fit(vehicleId);
  await world.parks({ vehicleId, trackerId });
  await testRelay(world.deps, agent, trackerId);
  return { vehicleId, trackerId };
}

it('proves the relay of a tracker by nothing that another was seen to do', async () => {
  const one = await tested();
  const { vehicleId, trackerId } = one;
  await world.advance(vehicleId);
  await world.send(vehicleId);
  await world.sees(one, true);
  await world.advance(vehicleId);
  // Another unit is in its place before it was seen to start.
  await world.database.db.update(trackers).set({ revokedAt: new Date() }).where(eq(trackers.id, trackerId));
  const other = { vehicleId, trackerId: await world.fit(vehicleId) };
  await world.runsOut(vehicleId);
  await world.advance(vehicleId);
  await world.starts(other);
  expect((await world.episode(vehicleId))?.state).toBe('ended');
  const [row] = await world.database.db.select().from(trackers).where(eq(trackers.id, other.trackerId));
  expect(row?.relayProvenAt).toBeNull();
});

it('ends a test of a relay that nobody stands beside any more', async () => {
  const { vehicleId } = await tested();
  await world.database.db
    .update(immobilisations)
    .set({ createdAt: ago(0.3) })
    .where(eq(immobilisations.vehicleId, vehicleId));
  await world.advance(vehicleId);
  expect(await world.commands(vehicleId)).toEqual([]);
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'ended', endReason: 'not_stopped' });
});

it('undoes a stop that comes late while the next notice runs', async () => {
  const one = await world.waiting();
  const { lease, vehicleId } = one;
  await world.advance(vehicleId);
  await world.send(vehicleId);
  await mobiliseVehicle(world.deps, agent, vehicleId);
  await world.starts(one);
  await world.by(new Date(), (context) => warnImmobilisation(context, world.config, { leaseId: lease.id }));
  expect((await world.episode(vehicleId))?.state).toBe('warned');
  await world.sees(one, true);
  expect((await world.commands(vehicleId))[0]).toMatchObject({ type: 'mobilise', state: 'created' });
  await world.starts(one);
  expect((await world.commands(vehicleId))[0]?.state).toBe('succeeded');
  expect((await lease.row()).immobilisationId).toBeNull();
});

it('ends an order that nobody confirms in a day, counted from the order', async () => {
  const { lease, vehicleId } = await world.late();
  expect(await stateOrCode(orderImmobilisation(world.deps, agent, { vehicleId, reason: 'x' }))).toBe(
    'awaiting_confirmation',
  );
  expect((await world.advance(vehicleId)).state).toBe('awaiting_confirmation');
  await world.database.db
    .update(immobilisations)
    .set({ createdAt: ago(25) })
    .where(eq(immobilisations.vehicleId, vehicleId));
  await world.advance(vehicleId);
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'ended', endReason: 'order_withdrawn' });
  expect((await lease.row()).immobilisationId).toBeNull();
});

it('lifts a stop by what is paid while the vehicle is stolen, however many days of the year that theft had left', async () => {
  const { lease, vehicleId } = await world.stopped();
  const day = (before: number) =>
    ago(24 * before)
      .toISOString()
      .slice(0, 10);
  const taken = { kind: 'theft', from: day(200), until: day(175), at: ago(24 * 200) } as const;
  await world.database.db.insert(pauses).values({ id: uuidv7(), leaseId: lease.id, ...taken });
  await world.by(new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
  await lease.pays(new Date().toISOString(), 50_000);
  expect((await world.episode(vehicleId))?.endReason).toBe('paid');
});

it("stops a stolen vehicle by an admin's order also where a stop for its debt waits", async () => {
  const { lease, vehicleId } = await world.waiting();
  await world.by(new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
  const order = { vehicleId, reason: 'stolen', order: 'CRB 1' };
  expect(await orderImmobilisation(world.deps, admin, order)).toMatchObject({ state: 'waiting', cause: 'theft' });
  expect(await world.advance(vehicleId)).toMatchObject({ state: 'stopping' });
  expect(await stateOrCode(orderImmobilisation(world.deps, admin, order))).toBe('immobilisation_under_way');
});

it('starts no stolen vehicle for whoever asks as its customer, but for staff who order it', async () => {
  const one = await world.stopped();
  const { lease, vehicleId } = one;
  await world.by(new Date(), (context) => reportTheft(context, { leaseId: lease.id }));
  expect(await stateOrCode(emergencyRestart(world.deps, agent, vehicleId))).toBe('invalid_state');
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'stopped', emergencyUntil: null });
  expect(await stateOrCode(mobiliseVehicle(world.deps, agent, vehicleId))).toBe('starting');
});
