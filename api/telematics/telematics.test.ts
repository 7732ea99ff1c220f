import mqtt, { type MqttClient } from 'mqtt';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '#db/schema/index';
import { eventually } from '#dev/client';
import { createLogger } from '#platform/log';
import { createApiWorld, type ApiWorld, type CallOptions, type Person } from '#test/api-world';
import { insertLease } from '#test/telematics-world';
import { countDistances } from '#use-cases/telematics/count-distances';
import { telematicsRetention } from '#use-cases/telematics/keep-positions';
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
/** A drive of a kilometre in a hundred seconds, to the north. */
const drive = (ago: number) =>
  Array.from({ length: DRIVE }, (_, i) =>
    fix(ago - i * 10_000, { lat: 0.3476 + i * 0.0009, speedKph: 36, ignition: true }),
  );
const DRIVE = 11;

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
    const paths = ['position', 'positions', 'trips'].map((what) => `/v1/vehicles/${vehicleId}/${what}`);
    for (const path of paths)
      expect([path, (await call('GET', path, { token: customer.token })).status]).toEqual([path, 404]);
    await insertLease(world.database.db, vehicleId, customer.user.id);
    for (const path of paths)
      expect([path, (await call('GET', path, { token: customer.token })).status]).toEqual([path, 200]);
    const other = await world.customer();
    for (const path of paths)
      expect([path, (await call('GET', path, { token: other.token })).status]).toEqual([path, 404]);
  });

  it('of before the vehicle was handed over are nothing of the customer', async () => {
    const { vehicleId, send } = await fitted();
    await send([...drive(3_600_000), ...drive(1_800_000)]);
    const seen = async (what: string, token?: string) =>
      (await read(list(z.unknown()), `/v1/vehicles/${vehicleId}/${what}`, token === undefined ? {} : { token })).data;
    await insertLease(world.database.db, vehicleId, customer.user.id, new Date(Date.now() - 2_700_000));
    expect(await seen('trips')).toHaveLength(2);
    expect(await seen('trips', customer.token)).toHaveLength(1);
    expect(await seen('positions')).toHaveLength(2 * DRIVE);
    expect(await seen('positions', customer.token)).toHaveLength(DRIVE);
  });

  it('are a file that is written while it is read, of the whole time, by Accept or format', async () => {
    const { vehicleId, id } = await fitted();
    const ask = (query: string, accept?: string) =>
      fetch(`${world.url}/v1/vehicles/${vehicleId}/positions${query}`, {
        headers: { authorization: `Bearer ${agent.token}`, ...(accept === undefined ? {} : { accept }) },
      });
    const lines = z.object({
      type: z.literal('FeatureCollection'),
      features: z.array(
        z.object({
          geometry: z.object({ type: z.string(), coordinates: z.array(z.tuple([z.number(), z.number()])) }),
          properties: z.object({
            vehicleId: z.literal(vehicleId),
            coordinateProperties: z.object({ times: z.array(z.string()), speedsKph: z.array(z.number().nullable()) }),
          }),
        }),
      ),
    });
    const geo = async (query = '') => {
      const answer = await ask(query, 'application/geo+json');
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/geo+json']);
      return lines.parse(await answer.json()).features;
    };
    expect(await geo()).toEqual([]);
    // 2,500 in a line over the equator, three pages; an hour later 100 more, and one that nobody believes.
    await world.database.sql`
      insert into telematics.positions (tracker_id, vehicle_id, ts, sequence, lat, lon, altitude, speed_kph, suspect, received_at)
      select ${id}, ${vehicleId}, now() - interval '5 hours' + (n + case when n > 2500 then 3600 else 0 end) * interval '1 second',
        n, case when n = 2550 then 9 else (n - 1000) * 0.0001 end, 32.58, 1190.04, 40, n = 2550, now()
      from generate_series(1, 2600) n`;
    const whole = await geo();
    expect(whole.map(({ geometry }) => geometry.coordinates.length)).toEqual([1_000, 1_001, 501, 99]);
    expect(whole[1]?.geometry.coordinates[0]).toEqual(whole[0]?.geometry.coordinates.at(-1));
    for (const { geometry, properties } of whole) {
      expect(geometry.type).toBe('LineString');
      expect(properties.coordinateProperties.times).toHaveLength(geometry.coordinates.length);
    }
    const short = await geo('?simplify=5');
    expect(short.map(({ geometry }) => geometry.coordinates.length)).toEqual([2, 2, 2, 2]);

    const gpx = await ask('?format=gpx');
    expect(gpx.headers.get('content-type')).toBe('application/gpx+xml');
    expect(gpx.headers.get('content-disposition')).toBe(`attachment; filename="vehicle-${vehicleId}.gpx"`);
    const text = await gpx.text();
    expect(text.match(/<trkpt /g)).toHaveLength(2_599);
    expect(text.match(/<trkseg>/g)).toHaveLength(2);
    expect(text).toMatch(
      /<gpx version="1.1" [^>]*>\n<trk><name>[\da-f-]{36}<\/name>\n<trkseg>\n<trkpt lat="-0.0999000" lon="32.5800000"><ele>1190.0<\/ele><time>/,
    );
    expect(text).toMatch(/<\/trkpt>\n<\/trkseg>\n<\/trk>\n<\/gpx>\n$/);

    expect((await ask('', 'text/html')).headers.get('content-type')).toMatch('application/json');
    for (const [query, path] of [
      ['?format=gpx&limit=5', 'limit'],
      ['?format=geojson&cursor=x', 'cursor'],
      ['?simplify=5', 'simplify'],
      ['?format=gpx&simplify=-1', 'simplify'],
      ['?format=kml', 'format'],
    ]) {
      const refused = await ask(query ?? '');
      expect([query, refused.status, await refused.json()]).toMatchObject([query, 400, { errors: [{ path }] }]);
    }
  });

  it.each(['limit=0', 'limit=1001', 'from=yesterday', 'to=2026-13-01T00:00:00Z', 'cursor=bad'])(
    '%s is no question',
    async (query) => {
      const { vehicleId } = await fitted();
      expect((await call('GET', `/v1/vehicles/${vehicleId}/positions?${query}`)).status).toBe(400);
    },
  );
});

describe('trips', () => {
  const trip = z.strictObject({
    vehicleId: z.string(),
    startedAt: z.string(),
    endedAt: z.string(),
    start: z.object({ lat: z.number(), lon: z.number() }),
    end: z.object({ lat: z.number(), lon: z.number() }),
    distanceKm: z.number(),
    movingSeconds: z.int(),
    underWay: z.boolean(),
  });

  it('are from where to where a vehicle drove, page by page, in whatever order its positions came', async () => {
    const { vehicleId, send } = await fitted();
    const path = `/v1/vehicles/${vehicleId}/trips`;
    expect(await read(list(trip), path)).toEqual({ data: [], nextCursor: null });
    const [first, second, third] = [drive(7_200_000), drive(5_400_000), drive(100_000)];
    const parked = Array.from({ length: 100 }, (_, i) =>
      fix(7_000_000 - i * 10_000, { lat: 0.4376 + (i % 3) * 0.0002, speedKph: 0, ignition: false }),
    );
    for (const said of [third, parked.toReversed(), first, second, first]) await send(said);

    const { data, nextCursor } = await read(list(trip), path);
    const told = (fixes: typeof first) => ({
      startedAt: new Date(fixes[0]?.ts ?? 0).toISOString(),
      endedAt: new Date(fixes.at(-1)?.ts ?? 0).toISOString(),
      movingSeconds: 100,
    });
    expect(data).toMatchObject([told(first), told(second), { ...told(third), underWay: true }]);
    expect(data.map(({ distanceKm }) => distanceKm)).toEqual([1.001, 1.001, 1.001]);
    expect(data[0]).toMatchObject({
      vehicleId,
      underWay: false,
      start: { lat: 0.3476 },
      end: { lat: first.at(-1)?.lat },
    });
    expect(nextCursor).toBeNull();

    const paged: unknown[] = [];
    let cursor = '';
    do {
      const page = await read(list(trip), `${path}?limit=1${cursor}`);
      paged.push(...page.data);
      cursor = page.nextCursor === null ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (cursor !== '');
    expect(paged).toEqual(data);
    // One that set off before is not of this time; one that comes home later is, whole.
    const within = `?from=${new Date(7_000 + (first[0]?.ts ?? 0)).toISOString()}&to=${told(second).startedAt}`;
    expect((await read(list(trip), path + within)).data).toEqual([data[1]]);
  });

  it('of a day of 17,280 positions are there at once', async () => {
    const { vehicleId, id } = await fitted();
    // A quarter of every hour it drives up and down, then it stands, drifting.
    await world.database.sql`
      insert into telematics.positions (tracker_id, vehicle_id, ts, sequence, lat, lon, speed_kph, accuracy, ignition, received_at)
      select ${id}, ${vehicleId}, now() - (17280 - n) * interval '5 seconds' - interval '1 minute', n,
        0.3 + case when n % 720 < 180 then abs(n % 180 - 90) else 90 end * 0.0005 + (n % 7) * 0.00002, 32.58,
        case when n % 720 < 180 then 40 else 1 end, 5, n % 720 < 180, now()
      from generate_series(1, 17280) n`;
    const yesterday = new Date(Date.now() - 86_400_000 - 120_000).toISOString();
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const began = performance.now();
      const { data } = await read(list(trip), `/v1/vehicles/${vehicleId}/trips?limit=100&from=${yesterday}`);
      times.push(performance.now() - began);
      expect(data).toHaveLength(24);
    }
    expect(Math.min(...times)).toBeLessThan(1_000);
  });

  it.each(['limit=0', 'limit=101', 'from=yesterday', 'to=2026-13-01T00:00:00Z', 'cursor=bad', 'sort=km'])(
    '%s is no question',
    async (query) => {
      const { vehicleId } = await fitted();
      expect((await call('GET', `/v1/vehicles/${vehicleId}/trips?${query}`)).status).toBe(400);
    },
  );
});

describe('an odometer', () => {
  const odometer = z.strictObject({
    vehicleId: z.string(),
    drivenKm: z.number(),
    days: z.array(z.object({ day: z.string(), distanceKm: z.number() })),
  });
  const midnight = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const count = () => countDistances(world.database.sql, () => {});

  it('is the sum of days over all trackers, into which what comes late is counted, once', async () => {
    const { vehicleId, id, send } = await fitted();
    const path = `/v1/vehicles/${vehicleId}/odometer`;
    const driven = async (more = '') => (await read(odometer, path + more)).drivenKm;
    expect(await driven()).toBe(0);
    // Over midnight of yesterday: half of it is of each day.
    const late = drive(Date.now() - midnight + 86_400_000 + 45_000);
    await send([...late.slice(0, 3), ...late.slice(8)]);
    await count();
    const first = await driven();
    expect(first).toBe(1.001);
    await send(late.toReversed());
    await send(late);
    await count();
    await count();
    const days = `?from=${new Date(midnight - 2 * 86_400_000).toISOString()}`;
    const known = await read(odometer, path + days);
    expect(known.drivenKm).toBeGreaterThanOrEqual(first);
    expect(known.days.map(({ day, distanceKm }) => [day, distanceKm])).toEqual([
      [new Date(midnight - 2 * 86_400_000).toISOString().slice(0, 10), 0.4],
      [new Date(midnight - 86_400_000).toISOString().slice(0, 10), 0.6],
    ]);

    // Another tracker goes on where this one ended.
    expect((await call('DELETE', `/v1/trackers/${id}`)).status).toBe(204);
    const swap = await call('POST', '/v1/trackers', { body: { vehicleId, kind: 'native' } });
    const { username, password, topics } = credential.parse(swap.body);
    const client = await connect(username, password);
    await client.publishAsync(topics.telemetry, JSON.stringify(drive(3_600_000)), { qos: 1 });
    await count();
    expect(await driven()).toBeCloseTo(known.drivenKm + 1.001, 2);

    // Its positions go, and their days with them; what it drove does not become less.
    const config = { EVENTS_RETENTION_DAYS: 90, POSITIONS_RETENTION_DAYS: 1 };
    const sweep = { sql: world.database.sql, at: new Date(midnight + 1), config, beat: () => {} };
    expect(await telematicsRetention.distanceDays(sweep)).toBeGreaterThanOrEqual(1);
    expect(await telematicsRetention.distanceDays(sweep)).toBe(0);
    await count();
    const left = await read(odometer, path + days);
    expect(left.drivenKm).toBeCloseTo(known.drivenKm + 1.001, 2);
    expect(left.days.map(({ day }) => day)).not.toContain(known.days[0]?.day);
  });

  it('misses nothing that is stored while it counts', async () => {
    const { vehicleId, send } = await fitted();
    const fixes = Array.from({ length: 100 }, (_, i) =>
      fix(7_200_000 - i * 10_000, { lat: 0.3476 + i * 0.0009, speedKph: 36 }),
    );
    let sending = true;
    const counting = (async () => {
      while (sending) await count();
    })();
    // Every third first, so that batches meet days that are due, taken and counted.
    const shuffled = [0, 1, 2].flatMap((start) => fixes.filter((_, i) => i % 3 === start));
    for (let at = 0; at < shuffled.length; at += 5) await Promise.all(shuffled.slice(at, at + 5).map(send));
    sending = false;
    await counting;
    await count();
    const { drivenKm } = await read(odometer, `/v1/vehicles/${vehicleId}/odometer`);
    expect(drivenKm).toBeCloseTo(99 * 0.10008, 2);
  });

  it('counts a day again for which positions come while it is being counted', async () => {
    const { sql } = world.database;
    const { vehicleId, send } = await fitted();
    await send(drive(3_600_000));
    const died = () => {
      throw new Error('died');
    };
    await expect(countDistances(sql, died)).rejects.toThrow('died');
    // As one that died left it.
    await sql`update telematics.distances set state = 'taken' where vehicle_id = ${vehicleId}`;
    await count();
    const states = () =>
      sql<{ state: string }[]>`select distinct state from telematics.distances where vehicle_id = ${vehicleId}`;
    expect(await states()).toEqual([{ state: 'counted' }]);
    await send(drive(1_800_000));
    expect((await states()).map(({ state }) => state)).toContain('due');
    await count();
    expect((await read(odometer, `/v1/vehicles/${vehicleId}/odometer`)).drivenKm).toBeCloseTo(2.002, 2);
  });

  it("is the staff's and the customer's who has the vehicle", async () => {
    const { vehicleId } = await fitted();
    const status = async ({ token }: Person) =>
      (await call('GET', `/v1/vehicles/${vehicleId}/odometer`, { token })).status;
    expect(await status(customer)).toBe(404);
    await insertLease(world.database.db, vehicleId, customer.user.id);
    expect([await status(customer), await status(agent)]).toEqual([200, 200]);
    expect(await status(await world.customer())).toBe(404);
  });
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
    ['GET', `/v1/vehicles/${nobody}/trips`],
    ['GET', `/v1/vehicles/${nobody}/odometer`],
    ['GET', '/v1/risk-events'],
    ['POST', `/v1/risk-events/${nobody}/acknowledge`],
  ];
  const open = /position|trips$|odometer$|risk-events$/;

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
