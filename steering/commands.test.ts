import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, cases, idempotencyKeys, maintenance, pauses } from '#db/schema/index';
import { eventually, MarketplaceClient } from '#dev/client';
import { register } from '#dev/journey';
import { creditDaysLeft, creditWorkshopDays } from '#use-cases/vehicles/credit-workshop-days';
import { call } from '#test/api-world';
import { createFleet, startFleet, type FleetLease } from '#test/fleet';
import { cast, leaseIn, newChoice, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { leaseWorkflowId } from '#workflows/lease/messages';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

it('lets operators find a lease by its customer, vehicle and market from its application on', async () => {
  const place = { api: platform.url, simulators: platform.simulators };
  const person = { name: 'Search Person', phone: '+256771230177', market: 'UG', provider: 'mtn' } as const;
  const { id: customerId, client, paymentMethodId } = await register(place, person);
  const { data: vehicles } = await client.get('/v1/vehicles', { query: { type: 'motorcycle', market: 'UG' } });
  const { data: plans } = await client.get('/v1/plans', { query: { market: 'UG' } });
  const [vehicleId = '', planId = ''] = [vehicles[0]?.id, plans[0]?.id];
  const { id } = await client.post('/v1/leases', { body: { vehicleId, planId, paymentMethodId } });
  const { typedSearchAttributes } = await platform.temporal.workflow.getHandle(leaseWorkflowId(id)).describe();
  const found = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  expect(found).toMatchObject({ CustomerId: customerId, VehicleId: vehicleId, Market: 'UG' });
});

it('a command to a lease whose workflow is about to begin waits for it, and is told to come again where it does not', async () => {
  const login = { body: { email: 'agent@example.com', password: 'rent-to-own' } };
  const { accessToken: token } = await new MarketplaceClient(platform.url).post('/v1/auth/login', login);
  const [begins, waits] = await createFleet(
    platform.database.db,
    platform.config,
    ['01', '02'].map((digits) => ({ provider: 'mtn', market: 'UG', phone: `+2567712301${digits}` })),
  );
  if (begins === undefined || waits === undefined) throw new Error('there are no leases');
  const body = { kind: 'holiday', days: 2 };
  const pause = ({ state: { application } }: FleetLease) =>
    call(platform.url, 'POST', `/v1/leases/${application.leaseId}/pause`, { token, body, key: randomUUID() });
  const [paused, later] = await Promise.all([
    pause(begins),
    pause(waits),
    sleep(500).then(() => startFleet(platform.temporal, platform.config, [begins])),
  ]);
  expect(paused).toMatchObject({ body: { status: 'paused' } });
  expect(later).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining('has not begun yet') as string },
  });
  expect(later.headers.get('retry-after')).toBe('1');
});

it('answers an application that is sent again, whatever has become of the lease', async () => {
  const { admin } = await cast(platform);
  const { client, paymentMethodId } = await newCustomer(platform, { verified: false });
  const application = { ...(await newChoice(admin)), paymentMethodId };
  const apply = () => client.post('/v1/leases', { body: application, key: 'apply-1' });
  const { db } = platform.database;
  /** Its answer was lost before it was kept. */
  const lose = () =>
    db
      .update(idempotencyKeys)
      .set({ status: null, response: null, lockedUntil: new Date(0) })
      .where(eq(idempotencyKeys.key, 'apply-1'));
  const { id } = await apply();
  await platform.temporal.workflow.getHandle(leaseWorkflowId(id)).terminate('died in a test');
  await lose();
  expect((await apply()).id).toBe(id);
  await admin.post('/v1/leases/{id}/restart', { path: { id } });
  await lose();
  expect((await apply()).id).toBe(id);
});

it('pays again with a key of yesterday, and never twice with one of today', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, await cast(platform));
  const pay = (amount: number) =>
    customer.client.post('/v1/leases/{id}/pay', {
      path: { id },
      body: { amount: { amount, currency: 'UGX' } },
      key: 'monday-1',
    });
  const { db } = platform.database;
  const key = (changes: Partial<typeof idempotencyKeys.$inferInsert>) =>
    db.update(idempotencyKeys).set(changes).where(eq(idempotencyKeys.key, 'monday-1'));

  const first = await pay(1_000);
  await expect(pay(2_000)).rejects.toMatchObject({ status: 422 });
  // Its answer was lost before it was kept: the same request meets the same payment.
  await key({ status: null, response: null, lockedUntil: new Date(0) });
  expect((await pay(1_000)).id).toBe(first.id);
  await key({ createdAt: new Date(Date.now() - 24 * 3_600_000 - 1_000) });
  const second = await pay(2_000);
  expect(second.id).not.toBe(first.id);
  const paid = await db.select().from(attempts).where(eq(attempts.leaseId, id));
  expect(
    paid.filter(({ due }) => due.startsWith('pay-')).map(({ amount }) => amount).toSorted((a, b) => a - b), // prettier-ignore
  ).toEqual([1_000, 2_000]);
});

it('gives the days beyond the allowance of our workshop as one pause of the lease, and tells of what it refuses', async () => {
  const { agent, ...staff } = await cast(platform);
  const customer = await newCustomer(platform);
  const { id, vehicleId } = await leaseIn('active', customer, { agent, ...staff });
  const { db } = platform.database;
  const day = new Date(Date.now() + 12 * 3_600_000).toISOString().slice(0, 10);
  const path = { id: vehicleId };
  /** Work that began so many days ago is done. */
  async function isAwayFor(days: number) {
    const body = { kind: 'repair', from: day, until: day, reason: 'the gearbox' } as const;
    const work = await agent.post('/v1/vehicles/{id}/maintenance', { path, body });
    const it = { path: { ...path, maintenanceId: work.id } };
    await agent.post('/v1/vehicles/{id}/maintenance/{maintenanceId}/start', { ...it, body: {} });
    const startedAt = new Date(Date.now() - days * 86_400_000);
    await db.update(maintenance).set({ startedAt }).where(eq(maintenance.id, work.id));
    return agent.post('/v1/vehicles/{id}/maintenance/{maintenanceId}/done', { ...it, body: {} });
  }
  expect(await isAwayFor(2)).toMatchObject({ leaseId: id, creditDays: 0, credit: 'none' });
  const work = await isAwayFor(5);
  expect(work).toMatchObject({ leaseId: id, creditDays: 3, credit: 'given' });
  const told = (kind: string) =>
    eventually(`a text ${kind}`, async () => {
      const { data } = await customer.client.get('/v1/notifications', { query: { limit: 100 } });
      const its = data.filter((one) => one.kind === kind).map(({ body }) => body);
      return its.length === 0 ? undefined : its;
    });
  expect(await told('days_given')).toEqual([expect.stringContaining('3 days too long')]);
  const paused = () => db.select({ kind: pauses.kind }).from(pauses).where(eq(pauses.leaseId, id));
  expect(await paused()).toEqual([{ kind: 'repair' }]);
  expect((await agent.get('/v1/vehicles/{id}', { path })).status).toBe('leased');

  // Its process died before it was written down that the lease had taken the days.
  await agent.post('/v1/leases/{id}/resume', { path: { id } });
  await db.update(maintenance).set({ credit: 'due' }).where(eq(maintenance.id, work.id));
  expect(await creditDaysLeft(platform.deps, () => {})).toBe(1);
  expect(await paused()).toHaveLength(1);
  const [row] = await db.select().from(maintenance).where(eq(maintenance.id, work.id));
  expect(row === undefined ? null : await creditWorkshopDays(platform.deps, row)).toBe('given');

  expect(await isAwayFor(100)).toMatchObject({ creditDays: 98, credit: 'refused' });
  const isTold = and(eq(cases.kind, 'days_not_credited'), eq(cases.leaseId, id), eq(cases.status, 'open'));
  expect(await db.$count(cases, isTold)).toBe(1);
  expect(await told('days_owed')).toEqual([expect.stringContaining('98 days too long')]);
  expect(await told('days_given')).toHaveLength(1);

  // The house owed the days: they are none of the thirty a year that he may take himself.
  const from = new Date(Date.now() - 25 * 86_400_000).toISOString().slice(0, 10);
  await db.update(pauses).set({ from, resumedOn: null }).where(eq(pauses.leaseId, id));
  const ill = { kind: 'illness', days: 14 } as const;
  expect((await customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: ill })).status).toBe('paused');
});

it('tells whoever waits for a reserved vehicle that it is his turn, and lets him apply for it', async () => {
  const staff = await cast(platform);
  const holder = await newCustomer(platform);
  const { id, vehicleId, plan } = await leaseIn('reserved', holder, staff);
  const { client, paymentMethodId } = await newCustomer(platform, { verified: false });
  const path = { id: vehicleId };
  const application = { vehicleId, planId: plan.id, paymentMethodId };
  await expect(client.post('/v1/leases', { body: application })).rejects.toMatchObject({ code: 'vehicle_unavailable' });
  expect(await client.post('/v1/vehicles/{id}/waiting', { path, body: {} })).toMatchObject({ place: 1, until: null });
  expect((await client.post('/v1/leases', { body: application })).status).toMatch(/applied|verifying/);
  await holder.client.post('/v1/leases/{id}/withdraw', { path: { id }, body: {} });
  await eventually('his turn', async () => {
    const { places } = await client.get('/v1/vehicles/{id}/waiting', { path });
    return places[0]?.status === 'called' ? true : undefined;
  });
  await eventually('the text', async () => {
    const { data } = await client.get('/v1/notifications');
    return data.find(({ kind }) => kind === 'your_turn');
  });
  expect((await client.get('/v1/vehicles/{id}', { path })).status).toBe('reserved');
  await client.delete('/v1/vehicles/{id}/waiting', { path });
  expect((await client.get('/v1/vehicles/{id}', { path })).status).toBe('available');
});
