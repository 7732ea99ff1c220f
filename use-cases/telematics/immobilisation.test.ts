import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import mqtt, { type MqttClient } from 'mqtt';
import { createHmac } from 'node:crypto';
import { and, eq, isNotNull } from 'drizzle-orm';
import { notifications } from '#db/schema/index';
import { eventually } from '#dev/client';
import { leaseThat, travel } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { readToken } from '#domain/telematics/immobilisation/restart-code';
import { createLogger } from '#platform/log';
import { startTelematics, type Telematics } from '#workers/telematics/process';
import { cast, leaseIn, newChoice, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { codeKey } from './restart-code.ts';

let platform: TestPlatform;
let staff: Cast;
let telematics: Telematics;
beforeAll(async () => {
  platform = await startTestPlatform({ MQTT_HOST: '127.0.0.1', MQTT_PORT: '0', RESTART_CODE_SECONDS: '2' });
  staff = await cast(platform);
  telematics = await startTelematics(platform.config, createLogger('test', 'fatal'));
});
afterAll(async () => {
  await telematics.stop();
  await platform.close();
});

interface Told {
  readonly id: string;
  readonly type: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly mac: string;
}

/** A unit that does what the test says, and nothing by itself. */
async function fit(vehicleId: string) {
  const account = await staff.agent.post('/v1/trackers', { body: { vehicleId, kind: 'native' } });
  const { username, password, topics } = account;
  const told: Told[] = [];
  let client: MqttClient | null = null;
  let seq = 0;
  const unit = {
    told,
    account,
    async connect() {
      client = await mqtt.connectAsync(`mqtt://127.0.0.1:${telematics.port}`, {
        username,
        password,
        protocolVersion: 4,
        reconnectPeriod: 0,
      });
      client.on('message', (_topic, payload) => told.push(JSON.parse(payload.toString('utf8')) as Told));
      await client.subscribeAsync(`trackers/${username}/commands`, { qos: 1 });
    },
    async says(fix: { speedKph?: number; ignition?: boolean; output1?: boolean }) {
      seq += 1;
      const where = { lat: 0.3205, lon: 32.5796, speedKph: 0, ignition: false, output1: false };
      await client?.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq, ...where, ...fix }), {
        qos: 1,
      });
    },
    answers: (id: string, state: string) =>
      client?.publishAsync(`trackers/${username}/commands/ack`, JSON.stringify({ id, state, ts: Date.now() }), {
        qos: 1,
      }),
    hears: (type: string, after: readonly string[] = []) =>
      eventually(`a command to ${type}`, () =>
        Promise.resolve(told.find((one) => one.type === type && !after.includes(one.id))),
      ),
    leave: () => client?.endAsync(true),
  };
  await unit.connect();
  return unit;
}

const macOf = ({ id, type, issuedAt, expiresAt }: Told, password: string) =>
  createHmac('sha256', password).update(`${id}.${type}.${issuedAt}.${expiresAt}`).digest('base64url');

async function textsTo(phone: string): Promise<string[]> {
  const { data } = await new SimulatorClient(platform.simulators).get('/sms', { query: { to: phone } });
  return data.map(({ body }) => body);
}

/** A lease whose customer pays nothing any more, late by more than plan and law ask for, and warned. */
async function warned() {
  const customer = await newCustomer(platform);
  const { client } = customer;
  const lease = await leaseIn('active', customer, staff, { terms: { immobiliseAfterDaysPastDue: 5 } });
  const unit = await fit(lease.vehicleId);
  const empty = await client.post('/v1/payment-methods', {
    body: { provider: 'mtn', phone: `${customer.phone.slice(0, -3)}010` },
  });
  const path = { id: lease.id };
  await client.post('/v1/leases/{id}/payment-method', { path, body: { paymentMethodId: empty.id } });
  await travel(staff.admin, lease.id, 14);
  await eventually('the warning', async () =>
    (await textsTo(customer.phone)).find((body) => body.includes('will be stopped when parked')),
  );
  return { customer, lease, unit, path, vehicle: { id: lease.vehicleId } };
}

const commandsOf = async (id: string) =>
  (await staff.agent.get('/v1/vehicles/{id}/commands', { path: { id }, query: {} })).data;

describe('a vehicle in arrears', () => {
  it(
    'is warned of, stopped only while it stands, and moves as soon as it is paid for',
    { timeout: 120_000 },
    async () => {
      const { customer, lease, unit, path, vehicle } = await warned();
      await unit.says({ speedKph: 32, ignition: true });
      await travel(staff.admin, lease.id, 2);
      await unit.says({ speedKph: 32, ignition: true });
      await unit.says({ speedKph: 0, ignition: true });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(unit.told).toEqual([]);
      await unit.says({});
      const stop = await unit.hears('immobilise');
      expect(stop.mac).toBe(macOf(stop, unit.account.password));
      expect(Date.parse(stop.expiresAt) - Date.parse(stop.issuedAt)).toBe(60_000);
      // Its word is no proof.
      await unit.answers(stop.id, 'succeeded');
      await eventually('the answer', async () =>
        (await commandsOf(vehicle.id)).find(({ state }) => state === 'acknowledged'),
      );
      expect(await customer.client.get('/v1/leases/{id}', { path })).toMatchObject({ status: 'in_arrears' });
      await unit.says({ output1: true });
      await leaseThat(customer.client, lease.id, 'immobilised', ({ status }) => status === 'immobilised');
      expect(await commandsOf(vehicle.id)).toMatchObject([{ id: stop.id, state: 'succeeded' }]);

      const { overdue, reference } = await customer.client.get('/v1/leases/{id}', { path });
      await new SimulatorClient(platform.simulators).post('/pay-bill', {
        body: { provider: 'mtn', payer: customer.phone, account: reference, ...overdue },
      });
      const start = await unit.hears('mobilise');
      expect(start.mac).toBe(macOf(start, unit.account.password));
      expect(await customer.client.get('/v1/leases/{id}', { path })).toMatchObject({ status: 'active' });
      await unit.says({ output1: false });
      const events = await eventually('both events', async () => {
        const { data } = await staff.agent.get('/v1/events', { query: { leaseId: lease.id, limit: 100 } });
        const found = data.filter(({ type }) => type.startsWith('vehicle.') && type.endsWith('mobilised'));
        return found.length === 2 ? found : undefined;
      });
      expect(events).toMatchObject([
        { type: 'vehicle.immobilised', data: { commandId: stop.id } },
        { type: 'vehicle.mobilised', data: { commandId: start.id, reason: 'paid' } },
      ]);
      expect((await commandsOf(vehicle.id)).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    },
  );

  it(
    'moves for 48 hours in an emergency, once, and by a code where no network reaches it',
    { timeout: 120_000 },
    async () => {
      const { customer, lease, unit, path, vehicle } = await warned();
      const now = () => customer.client.get('/v1/leases/{id}', { path });
      const stops = async (after: readonly string[]) => {
        await unit.says({});
        const stop = await unit.hears('immobilise', after);
        await unit.says({ output1: true });
        await leaseThat(customer.client, lease.id, 'immobilised', ({ status }) => status === 'immobilised');
        return stop;
      };
      await travel(staff.admin, lease.id, 2);
      const first = await stops([]);
      await expect(
        staff.agent.post('/v1/vehicles/{id}/immobilise', { path: vehicle, body: { reason: 'twice' } }),
      ).rejects.toMatchObject({ code: 'immobilisation_under_way' });

      await customer.client.post('/v1/vehicles/{id}/emergency-restart', { path: vehicle });
      expect(await now()).toMatchObject({ status: 'in_arrears' });
      await unit.hears('mobilise');
      await unit.says({ output1: false });
      await expect(
        customer.client.post('/v1/vehicles/{id}/emergency-restart', { path: vehicle }),
      ).rejects.toMatchObject({ code: 'emergency_restart_used' });
      await unit.says({});
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(unit.told.filter(({ type }) => type === 'immobilise')).toHaveLength(1);
      await travel(staff.admin, lease.id, 3);
      await stops([first.id]);

      // Its network is gone when it is paid for.
      await unit.leave();
      const { overdue, reference } = await now();
      await new SimulatorClient(platform.simulators).post('/pay-bill', {
        body: { provider: 'mtn', payer: customer.phone, account: reference, ...overdue },
      });
      const code = await eventually('the code', async () =>
        (await textsTo(customer.phone)).flatMap((body) => /once: (\d{9})$/.exec(body)?.[1] ?? []).at(0),
      );
      const key = codeKey(unit.account.password);
      expect(readToken(key, 0, code)).toEqual({ days: 30, count: 1 });
      expect(readToken(key, 1, code)).toBeNull();
      await unit.connect();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await unit.says({ output1: false });
      await eventually('the vehicle to be seen moving', async () =>
        (await commandsOf(vehicle.id)).find(({ type, state }) => type === 'mobilise' && state === 'succeeded'),
      );
      expect(await now()).toMatchObject({ status: 'active' });
    },
  );

  it(
    'is stopped by people on the clock of its lease, and by nobody who stands alone',
    { timeout: 120_000 },
    async () => {
      const customer = await newCustomer(platform);
      // Its plan stops nobody by itself: what happens is by the orders alone.
      const lease = await leaseIn('active', customer, staff, { terms: { immobiliseAfterDaysPastDue: null } });
      const unit = await fit(lease.vehicleId);
      const path = { id: lease.vehicleId };
      const empty = await customer.client.post('/v1/payment-methods', {
        body: { provider: 'mtn', phone: `${customer.phone.slice(0, -3)}010` },
      });
      await customer.client.post('/v1/leases/{id}/payment-method', {
        path: { id: lease.id },
        body: { paymentMethodId: empty.id },
      });
      await travel(staff.admin, lease.id, 14);
      const order = () => staff.agent.post('/v1/vehicles/{id}/immobilise', { path, body: { reason: 'late' } });
      const { id: first } = await order();
      await travel(staff.admin, lease.id, 2);
      // Nobody has confirmed it in its day.
      const timeline = async () =>
        (await staff.agent.get('/v1/leases/{id}/timeline', { path: { id: lease.id }, query: {} })).data;
      await eventually('the end of the order', async () =>
        (await timeline()).find(({ type }) => type === 'vehicle.immobilisation_lifted'),
      );
      const { id: second } = await order();
      expect(second).not.toBe(first);
      expect(await staff.admin.post('/v1/vehicles/{id}/immobilise/confirm', { path })).toMatchObject({
        id: second,
        state: 'warned',
      });
      const isWarning = and(eq(notifications.leaseId, lease.id), eq(notifications.template, 'immobilisation_warning'));
      await eventually('the warning to be on record', async () =>
        (await platform.database.db.$count(notifications, isWarning)) === 1 ? true : undefined,
      );
      // It may have to wait for the morning, and the notice begins when it has arrived.
      await travel(staff.admin, lease.id, 1);
      await eventually('the warning to arrive', async () =>
        (await platform.database.db.$count(notifications, and(isWarning, isNotNull(notifications.deliveredAt)))) === 1
          ? true
          : undefined,
      );
      await travel(staff.admin, lease.id, 3);
      await unit.says({ speedKph: 20, ignition: true });
      await eventually('the end of the notice', async () =>
        (await timeline()).find(({ type }) => type === 'vehicle.immobilisation_begun'),
      );
      const warnings = (await textsTo(customer.phone)).filter((body) => body.includes('will be stopped when parked'));
      expect(warnings).toHaveLength(1);
      expect(unit.told).toEqual([]);
      await unit.says({});
      await unit.hears('immobilise');
      await unit.says({ output1: true });
      await leaseThat(customer.client, lease.id, 'immobilised', ({ status }) => status === 'immobilised');
    },
  );

  it('is stopped by people only where the same gates are open', async () => {
    const customer = await newCustomer(platform);
    const { vehicleId: id } = await leaseIn('active', customer, staff);
    const order = (body: { reason: string; order?: string }) =>
      staff.admin.post('/v1/vehicles/{id}/immobilise', { path: { id }, body });
    await expect(order({ reason: 'because' })).rejects.toMatchObject({ code: 'not_past_threshold' });
    // Nobody has reported it stolen, whatever the order says.
    await expect(order({ reason: 'stolen', order: 'CRB 1' })).rejects.toMatchObject({ code: 'not_past_threshold' });
    await expect(customer.client.post('/v1/vehicles/{id}/emergency-restart', { path: { id } })).rejects.toMatchObject({
      code: 'vehicle_not_stopped',
    });
  });

  it('has its relay tested in the yard', { timeout: 60_000 }, async () => {
    const { vehicleId } = await newChoice(staff.admin);
    const unit = await fit(vehicleId);
    const test = () => staff.agent.post('/v1/trackers/{id}/relay-test', { path: { id: unit.account.id } });
    await expect(test()).rejects.toMatchObject({ status: 409 });
    await unit.says({});
    await eventually('the test to begin', () =>
      test().then(
        () => true,
        () => undefined,
      ),
    );
    await unit.hears('immobilise');
    await unit.says({ output1: true });
    await unit.hears('mobilise');
    await unit.says({ output1: false });
    await eventually('the proof', async () => {
      const { data } = await staff.agent.get('/v1/trackers', { query: { vehicleId } });
      return data[0]?.relayProvenAt ?? undefined;
    });
  });
});
