import mqtt, { type MqttClient } from 'mqtt';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '#db/schema/index';
import { eventually } from '#dev/client';
import { createLogger } from '#platform/log';
import { createApiWorld, type ApiWorld, type CallOptions, type Person } from '#test/api-world';
import { insertLease } from '#test/telematics-world';
import { startTelematics, type Telematics } from '#workers/telematics/process';

let world: ApiWorld;
let telematics: Telematics;
let agent: Person;
let customer: Person;
const clients: MqttClient[] = [];
beforeAll(async () => {
  world = await createApiWorld({ MQTT_PORT: '0', MQTT_HOST: '127.0.0.1' });
  telematics = await startTelematics(world.deps.config, createLogger('test', 'fatal'));
  [agent, customer] = [await world.staff('agent'), await world.customer()];
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)));
  await telematics.stop();
  await world.close();
});

const nobody = '0198c0de-0000-7000-8000-000000000000';
const credential = z.object({
  id: z.string(),
  username: z.string(),
  password: z.string(),
  topics: z.object({ telemetry: z.string(), status: z.string(), commands: z.string(), ack: z.string() }),
});
const list = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), nextCursor: z.string().nullable() });
const tracker = z.object({
  id: z.string(),
  vehicleId: z.string(),
  online: z.boolean().nullable(),
  serial: z.string().nullable(),
});
const position = z.object({ ts: z.string(), lat: z.number(), suspect: z.boolean() });
const risk = z.looseObject({
  id: z.string(),
  type: z.string(),
  leaseId: z.string().nullable(),
  acknowledgedAt: z.string().nullable(),
});

/** As the agent, unless it is said who asks. */
const call = (method: string, path: string, options: CallOptions = {}) =>
  world.call(method, path, { token: agent.token, ...options });
async function read<T extends z.ZodType>(shape: T, path: string, options: CallOptions = {}): Promise<z.infer<T>> {
  const { status, body } = await call('GET', path, options);
  expect([path, status]).toEqual([path, 200]);
  return shape.parse(body);
}

let serial = 0;
async function newVehicle(): Promise<string> {
  serial += 1;
  const body = {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2025,
    market: 'UG',
    price: { amount: 5_000_000, currency: 'UGX' },
    registration: `UTEL ${serial}`,
    vin: `TEL${serial}`,
  };
  return z.looseObject({ id: z.string() }).parse((await call('POST', '/v1/vehicles', { body })).body).id;
}
async function fitted(more: object = {}) {
  const vehicleId = await newVehicle();
  const { status, body } = await call('POST', '/v1/trackers', { body: { vehicleId, kind: 'native', ...more } });
  expect(status).toBe(201);
  const { password, topics, ...rest } = credential.parse(body);
  const client = await connect(rest.username, password);
  const send = (value: unknown) => client.publishAsync(topics.telemetry, JSON.stringify(value), { qos: 1 });
  return { ...rest, vehicleId, password, topics, client, send };
}
async function connect(username: string, password: string): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${telematics.port}`, {
    username,
    password,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  clients.push(client);
  return client;
}
const gone = (client: MqttClient) =>
  eventually('the connection to end', async () => (client.connected ? undefined : true));
const fix = (ago: number, more: object = {}) => ({
  ts: Date.now() - ago,
  seq: ago,
  lat: 0.3476,
  lon: 32.5825,
  ...more,
});

describe('trackers', () => {
  it('are fitted, listed newest first and by vehicle, and taken out of use', async () => {
    const [one, two] = [await fitted({ serial: '352093081111111' }), await fitted()];
    expect(one.topics).toEqual({
      telemetry: `trackers/${one.id}/telemetry`,
      status: `trackers/${one.id}/status`,
      commands: `trackers/${one.id}/commands`,
      ack: `trackers/${one.id}/commands/ack`,
    });
    const { data } = await read(list(tracker), '/v1/trackers?limit=2');
    expect(data.map(({ id }) => id)).toEqual([two.id, one.id]);
    const second = await read(list(tracker), `/v1/trackers?vehicleId=${one.vehicleId}`);
    expect(second.data).toMatchObject([{ id: one.id, vehicleId: one.vehicleId, serial: '352093081111111' }]);
    expect(JSON.stringify(data)).not.toContain(one.password);

    expect((await call('DELETE', `/v1/trackers/${one.id}`)).status).toBe(204);
    await gone(one.client);
    await expect(connect(one.username, one.password)).rejects.toThrow(/authorized/i);
    expect((await call('DELETE', `/v1/trackers/${one.id}`)).status).toBe(404);
    expect((await read(list(tracker), `/v1/trackers?vehicleId=${one.vehicleId}`)).data).toEqual([]);
    // The vehicle and the serial are free again.
    const again = { vehicleId: one.vehicleId, kind: 'native', serial: '352093081111111' };
    expect((await call('POST', '/v1/trackers', { body: again })).status).toBe(201);
  });

  it('get a new password, which ends the old one and its connection', async () => {
    const { id, username, password, client } = await fitted();
    const { status, body } = await call('POST', `/v1/trackers/${id}/credential`);
    expect(status).toBe(201);
    await gone(client);
    await expect(connect(username, password)).rejects.toThrow(/authorized/i);
    expect((await connect(username, credential.parse(body).password)).connected).toBe(true);
    const entries = await world.database.db.select().from(audit);
    const mine = entries.filter(({ detail }) => detail['trackerId'] === id);
    expect(mine.map(({ type }) => type)).toEqual(['tracker.registered', 'tracker.credential_rotated']);
    expect(JSON.stringify(mine)).not.toContain(password);
  });

  it('the same request again is the same tracker, not a second', async () => {
    const vehicleId = await newVehicle();
    const order = { body: { vehicleId, kind: 'native' }, key: uuidv7() };
    const [first, second] = [await call('POST', '/v1/trackers', order), await call('POST', '/v1/trackers', order)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
  });

  it('a vehicle has one, a serial is used once, and both have to make sense', async () => {
    const { vehicleId } = await fitted({ serial: '352093082222222' });
    const wrong: [object, number, object][] = [
      [{ vehicleId, kind: 'native' }, 409, { code: 'already_exists', errors: [{ path: 'vehicleId' }] }],
      [
        { vehicleId: await newVehicle(), kind: 'native', serial: '352093082222222' },
        409,
        { code: 'already_exists', errors: [{ path: 'serial' }] },
      ],
      [{ vehicleId: nobody, kind: 'native' }, 422, { errors: [{ path: 'vehicleId' }] }],
      [{ vehicleId: 'x', kind: 'native' }, 400, { errors: [{ path: 'vehicleId' }] }],
      [{ vehicleId, kind: 'carrier pigeon' }, 400, { errors: [{ path: 'kind' }] }],
      [{ vehicleId, kind: 'native', colour: 'red' }, 400, {}],
    ];
    for (const [body, status, problem] of wrong)
      expect(await call('POST', '/v1/trackers', { body }), JSON.stringify(body)).toMatchObject({
        status,
        body: problem,
      });
  });
});

describe('positions', () => {
  it('are the latest, and those of a time, oldest first, page by page', async () => {
    const { vehicleId, id, send } = await fitted();
    expect((await call('GET', `/v1/vehicles/${vehicleId}/position`)).status).toBe(404);
    // Without a fix it is none.
    await send(fix(60_000, { lat: 0, lon: 0, satellites: 0, ignition: true }));
    expect((await call('GET', `/v1/vehicles/${vehicleId}/position`)).status).toBe(404);
    expect(await read(list(position), `/v1/vehicles/${vehicleId}/positions`)).toEqual({ data: [], nextCursor: null });
    const fixes = [50_000, 40_000, 30_000, 20_000, 10_000].map((ago) =>
      fix(ago, { speedKph: 40, heading: 90, ignition: true }),
    );
    await send(fixes);
    const latest = await read(z.looseObject({}), `/v1/vehicles/${vehicleId}/position`);
    const iso = fixes.map(({ ts }) => new Date(ts).toISOString());
    expect(latest).toMatchObject({
      vehicleId,
      trackerId: id,
      speedKph: 40,
      heading: 90,
      ignition: true,
      suspect: false,
      ts: iso[4],
    });

    const times: string[] = [];
    let cursor = '';
    do {
      const page = await read(list(position), `/v1/vehicles/${vehicleId}/positions?limit=2${cursor}`);
      times.push(...page.data.map(({ ts }) => ts));
      cursor = page.nextCursor === null ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (cursor !== '');
    expect(times).toEqual(iso);
    const between = await read(list(position), `/v1/vehicles/${vehicleId}/positions?from=${iso[1]}&to=${iso[3]}`);
    expect(between.data.map(({ ts }) => ts)).toEqual(iso.slice(1, 4));
  });

  it("are the staff's and the customer's who has the vehicle; for others there are none", async () => {
    const { vehicleId, send } = await fitted();
    await send(fix(1_000));
    const paths = [`/v1/vehicles/${vehicleId}/position`, `/v1/vehicles/${vehicleId}/positions`];
    for (const path of paths)
      expect([path, (await call('GET', path, { token: customer.token })).status]).toEqual([path, 404]);
    await insertLease(world.database.db, vehicleId, customer.user.id);
    for (const path of paths)
      expect([path, (await call('GET', path, { token: customer.token })).status]).toEqual([path, 200]);
    const other = await world.customer();
    for (const path of paths)
      expect([path, (await call('GET', path, { token: other.token })).status]).toEqual([path, 404]);
  });

  it.each(['limit=0', 'limit=1001', 'from=yesterday', 'to=2026-13-01T00:00:00Z', 'cursor=bad'])(
    '%s is no question',
    async (query) => {
      const { vehicleId } = await fitted();
      expect((await call('GET', `/v1/vehicles/${vehicleId}/positions?${query}`)).status).toBe(400);
    },
  );
});

describe('messages that were not believed', () => {
  it('are listed with their reason and size, by tracker and page', async () => {
    const { id, topics, client, send } = await fitted();
    await client.publishAsync(topics.telemetry, '{"ts":', { qos: 1 });
    await send(fix(8 * 86_400_000));
    await send({ ...fix(0), trackerId: nobody });
    const item = z.object({ trackerId: z.string().nullable(), topic: z.string(), reason: z.string(), size: z.int() });
    const { data, nextCursor } = await read(list(item), `/v1/telemetry/quarantine?trackerId=${id}&limit=2`);
    expect(data.map(({ reason }) => reason)).toEqual(['identity_mismatch', 'too_old']);
    const rest = await read(
      list(item),
      `/v1/telemetry/quarantine?trackerId=${id}&limit=2&cursor=${encodeURIComponent(nextCursor ?? '')}`,
    );
    expect(rest).toEqual({
      data: [{ trackerId: id, topic: topics.telemetry, reason: 'not_json', size: 6 }],
      nextCursor: null,
    });
  });
});

describe('risk events', () => {
  it("are the staff's, and the customer's of own leases; one is acknowledged once", async () => {
    const { vehicleId, send } = await fitted();
    const leaseId = await insertLease(world.database.db, vehicleId, customer.user.id);
    await send([fix(20_000, { alarms: ['powerCut'] }), fix(10_000, { alarms: ['powerCut', 'tow'] })]);
    const { data } = await read(list(risk), `/v1/risk-events?leaseId=${leaseId}`);
    expect(data.map(({ type }) => type)).toEqual(['tow', 'power_cut']);
    expect((await read(list(risk), `/v1/risk-events?vehicleId=${vehicleId}&type=tow`)).data).toMatchObject([
      { type: 'tow', severity: 'high', leaseId, position: { lat: 0.3476, lon: 32.5825 }, acknowledgedAt: null },
    ]);
    const own = await read(list(risk), '/v1/risk-events', { token: customer.token });
    expect(own.data.map(({ id }) => id)).toEqual(data.map(({ id }) => id));
    const other = await world.customer();
    expect((await read(list(risk), '/v1/risk-events', { token: other.token })).data).toEqual([]);

    const path = `/v1/risk-events/${data[0]?.id}/acknowledge`;
    const first = risk.parse((await call('POST', path)).body);
    expect(first.acknowledgedAt).not.toBeNull();
    const again = await call('POST', path, { token: (await world.staff('admin')).token });
    expect(again).toMatchObject({ status: 200, body: { acknowledgedAt: first.acknowledgedAt } });
    expect((await call('POST', path, { token: customer.token })).status).toBe(403);
  });
});

describe('who may ask what', () => {
  const routes: [string, string, object?][] = [
    ['GET', '/v1/trackers'],
    ['POST', '/v1/trackers', { vehicleId: nobody, kind: 'native' }],
    ['DELETE', `/v1/trackers/${nobody}`],
    ['POST', `/v1/trackers/${nobody}/credential`],
    ['GET', '/v1/telemetry/quarantine'],
    ['GET', `/v1/vehicles/${nobody}/position`],
    ['GET', `/v1/vehicles/${nobody}/positions`],
    ['GET', '/v1/risk-events'],
    ['POST', `/v1/risk-events/${nobody}/acknowledge`],
  ];
  const open = /position|risk-events$/;

  it.each(routes)('%s %s', async (method, path, body) => {
    const given = body === undefined ? {} : { body };
    expect((await world.call(method, path, given)).status).toBe(401);
    expect((await world.call(method, path, { ...given, token: 'nonsense' })).status).toBe(401);
    const asCustomer = await call(method, path, { ...given, token: customer.token });
    if (!open.test(path)) expect(asCustomer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    if (path.includes(nobody)) expect((await call(method, path, given)).status).toBe(404);
  });

  it.each([
    ['GET', '/v1/trackers?vehicleId=x'],
    ['GET', '/v1/trackers?limit=0'],
    ['GET', '/v1/trackers?cursor=x'],
    ['GET', '/v1/telemetry/quarantine?trackerId=x'],
    ['GET', '/v1/risk-events?type=boredom'],
    ['GET', '/v1/risk-events?leaseId=x'],
  ])('%s %s is no question', async (method, path) => {
    expect(await call(method, path)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});
