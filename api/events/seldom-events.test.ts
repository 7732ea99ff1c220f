import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { listen } from '#platform/listen';
import { addDays, localDateAt } from '#domain/calendar';
import type { EventType } from '#domain/events/catalogue';
import { createLogger } from '#platform/log';
import { startTestServer, type TestServer } from '#providers/test-server';
import { eventFault } from '#test/events-conform';
import { keptVehicle } from '#test/kept-vehicle';
import { cast, hoursLater, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { startRelay } from '#workers/events/relay';
import { platformSchedules } from '#workers/schedules';

/** What seldom happens, and each other event, comes to whoever asks, hooks or listens, as its schema says. */
let platform: TestPlatform;
let staff: Cast;
let receiver: TestServer;
let broker: Server;
let relay: Awaited<ReturnType<typeof startRelay>>;
let listener: MqttClient;
const published: { readonly topic: string; readonly body: string }[] = [];
const path = '/hook';

beforeAll(async () => {
  [platform, receiver] = await Promise.all([startTestPlatform(), startTestServer()]);
  staff = await cast(platform);
  const aedes = await Aedes.createBroker();
  broker = createServer((socket) => void aedes.handle(socket));
  const url = `mqtt://127.0.0.1:${await listen(broker, 0, '127.0.0.1')}`;
  listener = await mqtt.connectAsync(url);
  listener.on('message', (topic, payload) => published.push({ topic, body: payload.toString() }));
  await listener.subscribeAsync('events/#', { qos: 1 });
  relay = await startRelay({ database: platform.database, broker: url, log: createLogger('test', 'fatal') });
  receiver.reply = () => ({ status: 204 });
  const { id } = await staff.admin.post('/v1/webhooks', { body: { url: `${receiver.url}${path}` } });
  await eventually('the test to be taken', async () => {
    return (await staff.admin.get('/v1/webhooks/{id}', { path: { id } })).verifiedAt ?? undefined;
  });
});
afterAll(async () => {
  await relay.stop();
  await listener.endAsync(true);
  await Promise.all([platform.close(), receiver.close()]);
  broker.close();
});

const seen = z.object({ id: z.string(), type: z.string(), subject: z.string(), sequence: z.int(), data: z.unknown() });

/** Waits until an event of a subject is on each channel, the same on each. @returns its data */
async function isHeard(type: EventType, subject: string): Promise<unknown> {
  const isIt = (event: z.infer<typeof seen>) => event.type === type && event.subject === subject;
  const inBodies = (bodies: readonly string[]) => bodies.map((body) => seen.parse(JSON.parse(body))).find(isIt);
  const polled = await eventually(`${type} to be asked for`, async () => {
    const { data } = await staff.admin.get('/v1/events', { query: { type, subject } });
    return data[0];
  });
  const hooked = await eventually(`${type} by webhook`, async () =>
    inBodies(
      receiver.asked
        .filter((one) => one.path === path)
        .map(({ body }) => body)
        .filter((body) => body.includes('"sequence"')),
    ),
  );
  const topic = `events/${type}`;
  const heard = await eventually(`${type} by MQTT`, async () =>
    inBodies(published.filter((one) => one.topic === topic).map(({ body }) => body)),
  );
  expect([hooked, heard]).toEqual([seen.parse(polled), seen.parse(polled)]);
  expect(eventFault(type, polled.data)).toBeNull();
  return polled.data;
}

/** What a schedule starts, now. */
async function runs(workflowType: string): Promise<void> {
  const { taskQueue, args = [] } =
    platformSchedules(platform.config.TASK_QUEUE_PREFIX).find((one) => one.workflowType === workflowType) ?? {};
  if (taskQueue === undefined) throw new Error(`no schedule starts ${workflowType}`);
  await platform.temporal.workflow.execute(workflowType, { taskQueue, args: [...args], workflowId: randomUUID() });
}

const of = (id: string) => ({ path: { id } });

it('a paper of a vehicle that lapses', async () => {
  const { vehicleId } = await newChoice(staff.admin);
  const validUntil = addDays(localDateAt(Date.now(), 'UG'), 20);
  const form = new FormData();
  form.set('file', new Blob(['%PDF-1.7'], { type: 'application/pdf' }), 'paper.pdf');
  form.set('kind', 'insurance');
  form.set('validUntil', validUntil);
  const { id: paperId } = await staff.agent.post('/v1/vehicles/{id}/papers', { ...of(vehicleId), body: form });
  await runs('upkeep');
  const told = await isHeard('vehicle.paper.lapsing', vehicleId);
  expect(told).toEqual({ vehicleId, paperId, kind: 'insurance', validUntil, days: 30 });
});

it('a vehicle that some waited for, and another has now', async () => {
  const [holder, other] = await Promise.all([newCustomer(platform), newCustomer(platform)]);
  const { id, vehicleId } = await leaseIn('awaiting_handover', holder, staff);
  const place = await other.client.post('/v1/vehicles/{id}/waiting', { ...of(vehicleId), body: {} });
  await staff.agent.post('/v1/leases/{id}/handover', { ...of(id), body: { odometerKm: 5 } });
  const told = await isHeard('vehicle.queue.gone', vehicleId);
  expect(told).toEqual({ waitingId: place.id, vehicleId, customerId: other.id });
});

it('an exchange that lapses in a day', async () => {
  const customer = await newCustomer(platform);
  const { id: leaseId } = await leaseIn('active', customer, staff, { frequency: 'weekly' });
  await hoursLater(platform, leaseId, 9 * 7 * 24 + 12);
  const choice = await newChoice(staff.admin, { price: { amount: 6_000_000, currency: 'UGX' } });
  const upgrade = await customer.client.post('/v1/upgrades', { body: { leaseId, ...choice } });
  const { asOf } = await customer.client.get('/v1/leases/{id}', of(leaseId));
  const left = Date.parse(upgrade.expiresAt) - Date.parse(asOf);
  await hoursLater(platform, leaseId, Math.floor(left / 3_600_000) - 12);
  await runs('deadLeases');
  expect(await isHeard('upgrade.lapsing', leaseId)).toMatchObject({ upgradeId: upgrade.id, status: 'quoted' });
});

it('a vehicle that was taken back, and that its customer redeems', async () => {
  const vehicle = await keptVehicle(platform.database);
  await vehicle.pays('2026-03-20T07:00:00Z', await vehicle.owes('03-20'));
  await staff.agent.post('/v1/leases/{id}/redeem', { ...of(vehicle.id), body: {} });
  const { customerId, vehicleId } = await vehicle.row();
  expect(await isHeard('lease.redeemed', vehicle.id)).toEqual({ leaseId: vehicle.id, customerId, vehicleId });
});
