import { eq } from 'drizzle-orm';
import type { MqttClient } from 'mqtt';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, leases } from '#db/schema/index';
import { eventually } from '#dev/client';
import { insertLease } from '#test/telematics-world';
import { credential, DRIVE, drive, fix, list, TrackedApi } from '#test/tracked-api';

let api: TrackedApi;
beforeAll(async () => {
  api = await TrackedApi.start();
});
afterAll(() => api.close());

const nobody = '0198c0de-0000-7000-8000-000000000000';
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
const gone = (client: MqttClient) =>
  eventually('the connection to end', async () => (client.connected ? undefined : true));

describe('trackers', () => {
  it('are fitted, listed newest first and by vehicle, and taken out of use', async () => {
    const [one, two] = [await api.fitted({ serial: '352093081111111' }), await api.fitted()];
    expect(one.topics).toEqual({
      telemetry: `trackers/${one.id}/telemetry`,
      status: `trackers/${one.id}/status`,
      commands: `trackers/${one.id}/commands`,
      ack: `trackers/${one.id}/commands/ack`,
    });
    const { data } = await api.read(list(tracker), '/v1/trackers?limit=2');
    expect(data.map(({ id }) => id)).toEqual([two.id, one.id]);
    const second = await api.read(list(tracker), `/v1/trackers?vehicleId=${one.vehicleId}`);
    expect(second.data).toMatchObject([{ id: one.id, vehicleId: one.vehicleId, serial: '352093081111111' }]);
    expect(JSON.stringify(data)).not.toContain(one.password);

    expect((await api.call('DELETE', `/v1/trackers/${one.id}`)).status).toBe(204);
    await gone(one.client);
    await expect(api.connect(one.username, one.password)).rejects.toThrow(/authorized/i);
    expect((await api.call('DELETE', `/v1/trackers/${one.id}`)).status).toBe(404);
    expect((await api.read(list(tracker), `/v1/trackers?vehicleId=${one.vehicleId}`)).data).toEqual([]);
    // The vehicle and the serial are free again.
    const again = { vehicleId: one.vehicleId, kind: 'native', serial: '352093081111111' };
    expect((await api.call('POST', '/v1/trackers', { body: again })).status).toBe(201);
  });

  it('of another dialect are told its topics, which they may write to', async () => {
    const said = {
      owntracks: { _type: 'location', tst: Math.floor(Date.now() / 1_000), lat: 0.3476, lon: 32.5825 },
      teltonika: { state: { reported: { ts: Date.now(), latlng: '0.3476,32.5825', sat: 9, sp: 0 } } },
    };
    for (const [kind, topics] of [
      ['owntracks', { telemetry: 'owntracks/ID/phone', status: null, commands: null, ack: null }],
      [
        'teltonika',
        {
          telemetry: 'teltonika/ID/data',
          status: null,
          commands: 'teltonika/ID/commands',
          ack: 'teltonika/ID/commands',
        },
      ],
    ] as const) {
      const made = await api.fitted({ kind });
      expect(made.topics).toEqual(JSON.parse(JSON.stringify(topics).replaceAll('ID', made.id)));
      await made.send(said[kind]);
      expect(await api.read(position, `/v1/vehicles/${made.vehicleId}/position`)).toMatchObject({ lat: 0.3476 });
      const again = await api.call('POST', `/v1/trackers/${made.id}/credential`);
      expect(credential.parse(again.body).topics).toEqual(made.topics);
    }
    const order = { vehicleId: await api.newVehicle(), kind: 'traccar', serial: '352093084444444' };
    const bridged = credential.parse((await api.call('POST', '/v1/trackers', { body: order })).body);
    expect(bridged.topics).toEqual({ telemetry: 'traccar/positions', status: null, commands: null, ack: null });
  });

  it('get a new password, which ends the old one and its connection', async () => {
    const { id, username, password, client } = await api.fitted();
    const { status, body } = await api.call('POST', `/v1/trackers/${id}/credential`);
    expect(status).toBe(201);
    await gone(client);
    await expect(api.connect(username, password)).rejects.toThrow(/authorized/i);
    expect((await api.connect(username, credential.parse(body).password)).connected).toBe(true);
    const entries = await api.world.database.db.select().from(audit);
    const mine = entries.filter(({ detail }) => detail['trackerId'] === id);
    expect(mine.map(({ type }) => type)).toEqual(['tracker.registered', 'tracker.credential_rotated']);
    expect(JSON.stringify(mine)).not.toContain(password);
  });

  it('the same request again is the same tracker, not a second', async () => {
    const vehicleId = await api.newVehicle();
    const order = { body: { vehicleId, kind: 'native' }, key: uuidv7() };
    const [first, second] = [
      await api.call('POST', '/v1/trackers', order),
      await api.call('POST', '/v1/trackers', order),
    ];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
  });

  it('whose IMEI may be typed wrong is fitted, and says so', async () => {
    for (const [kind, serial, warnings] of [
      ['teltonika', '359587010124900', []],
      ['teltonika', '359587010129400', [expect.stringContaining('serial')]],
      ['traccar', '359587010129401', []],
    ] as const) {
      const body = { vehicleId: await api.newVehicle(), kind, serial };
      expect(await api.call('POST', '/v1/trackers', { body })).toMatchObject({ status: 201, body: { warnings } });
    }
  });

  it('a vehicle has one, a serial is used once, and both have to make sense', async () => {
    const { vehicleId } = await api.fitted({ serial: '352093082222222' });
    const wrong: [object, number, object][] = [
      [{ vehicleId, kind: 'native' }, 409, { code: 'already_exists', errors: [{ path: 'vehicleId' }] }],
      [
        { vehicleId: await api.newVehicle(), kind: 'native', serial: '352093082222222' },
        409,
        { code: 'already_exists', errors: [{ path: 'serial' }] },
      ],
      [{ vehicleId: nobody, kind: 'native' }, 422, { errors: [{ path: 'vehicleId' }] }],
      [{ vehicleId: 'x', kind: 'native' }, 400, { errors: [{ path: 'vehicleId' }] }],
      [{ vehicleId, kind: 'carrier pigeon' }, 400, { errors: [{ path: 'kind' }] }],
      [{ vehicleId, kind: 'native', colour: 'red' }, 400, {}],
    ];
    for (const [body, status, problem] of wrong)
      expect(await api.call('POST', '/v1/trackers', { body }), JSON.stringify(body)).toMatchObject({
        status,
        body: problem,
      });
  });
});

describe('positions', () => {
  it('are the latest, and those of a time, oldest first, page by page', async () => {
    const { vehicleId, id, send } = await api.fitted();
    expect((await api.call('GET', `/v1/vehicles/${vehicleId}/position`)).status).toBe(404);
    // Without a fix it is none.
    await send(fix(60_000, { lat: 0, lon: 0, satellites: 0, ignition: true }));
    expect((await api.call('GET', `/v1/vehicles/${vehicleId}/position`)).status).toBe(404);
    expect(await api.read(list(position), `/v1/vehicles/${vehicleId}/positions`)).toEqual({
      data: [],
      nextCursor: null,
    });
    const fixes = [50_000, 40_000, 30_000, 20_000, 10_000].map((ago) =>
      fix(ago, { speedKph: 40, heading: 90, ignition: true }),
    );
    await send(fixes);
    const latest = await api.read(z.looseObject({}), `/v1/vehicles/${vehicleId}/position`);
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
      const page = await api.read(list(position), `/v1/vehicles/${vehicleId}/positions?limit=2${cursor}`);
      times.push(...page.data.map(({ ts }) => ts));
      cursor = page.nextCursor === null ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (cursor !== '');
    expect(times).toEqual(iso);
    const between = await api.read(list(position), `/v1/vehicles/${vehicleId}/positions?from=${iso[1]}&to=${iso[3]}`);
    expect(between.data.map(({ ts }) => ts)).toEqual(iso.slice(1, 4));
    // In a basement, with the engine off: how fast it was is of before.
    const off = fix(5_000, { lat: 0, lon: 0, satellites: 0, ignition: false });
    await send(off);
    expect(await api.read(z.looseObject({}), `/v1/vehicles/${vehicleId}/position`)).toMatchObject({
      ts: iso[4],
      speedKph: null,
      heading: null,
      ignition: false,
      ignitionAt: new Date(off.ts).toISOString(),
    });
  });

  it("are the staff's and the customer's who has the vehicle; for others there are none", async () => {
    const { vehicleId, send } = await api.fitted();
    await send(fix(1_000));
    const paths = ['position', 'positions', 'trips'].map((what) => `/v1/vehicles/${vehicleId}/${what}`);
    for (const path of paths)
      expect([path, (await api.call('GET', path, { token: api.customer.token })).status]).toEqual([path, 404]);
    await insertLease(api.world.database.db, vehicleId, api.customer.user.id, new Date(Date.now() - 60_000));
    for (const path of paths)
      expect([path, (await api.call('GET', path, { token: api.customer.token })).status]).toEqual([path, 200]);
    const other = await api.world.customer();
    for (const path of paths)
      expect([path, (await api.call('GET', path, { token: other.token })).status]).toEqual([path, 404]);
  });

  it('of while another customer had the vehicle are nothing of the one who has it', async () => {
    const { vehicleId, send } = await api.fitted();
    const { db } = api.world.database;
    await send([...drive(3_600_000), ...drive(1_800_000)]);
    const seen = async (what: string, token?: string) =>
      (await api.read(list(z.unknown()), `/v1/vehicles/${vehicleId}/${what}`, token === undefined ? {} : { token }))
        .data;
    const leaseId = await insertLease(db, vehicleId, api.customer.user.id, new Date(Date.now() - 2_700_000));
    // Nobody had it before him: what it did in the yard is nobody else's whereabouts.
    expect(await seen('trips', api.customer.token)).toHaveLength(2);
    expect(await seen('positions', api.customer.token)).toHaveLength(2 * DRIVE);
    await db
      .update(leases)
      .set({ status: 'returned', endedAt: new Date(Date.now() - 2_000_000) })
      .where(eq(leases.id, leaseId));
    const next = await api.world.customer();
    await insertLease(db, vehicleId, next.user.id, new Date(Date.now() - 1_900_000));
    expect(await seen('trips')).toHaveLength(2);
    expect(await seen('trips', next.token)).toHaveLength(1);
    expect(await seen('positions')).toHaveLength(2 * DRIVE);
    expect(await seen('positions', next.token)).toHaveLength(DRIVE);
  });

  it('are a file that is written while it is read, of the whole time, by Accept or format', async () => {
    const { vehicleId, id } = await api.fitted();
    const ask = (query: string, accept?: string) =>
      fetch(`${api.world.url}/v1/vehicles/${vehicleId}/positions${query}`, {
        headers: { authorization: `Bearer ${api.agent.token}`, ...(accept === undefined ? {} : { accept }) },
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
    await api.world.database.sql`
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

  it.each([
    'limit=0',
    'limit=1001',
    'from=yesterday',
    'to=2026-13-01T00:00:00Z',
    'from=2099-01-01T00:00:00Z',
    'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
    'cursor=bad',
  ])('%s is no question', async (query) => {
    const { vehicleId } = await api.fitted();
    expect((await api.call('GET', `/v1/vehicles/${vehicleId}/positions?${query}`)).status).toBe(400);
  });
});

describe('messages that were not believed', () => {
  it('are listed with their reason and size, by tracker and page', async () => {
    const { id, topics, client, send } = await api.fitted();
    await client.publishAsync(topics.telemetry, '{"ts":', { qos: 1 });
    await send(fix(8 * 86_400_000));
    await send({ ...fix(0), trackerId: nobody });
    const item = z.object({ trackerId: z.string().nullable(), topic: z.string(), reason: z.string(), size: z.int() });
    const { data, nextCursor } = await api.read(list(item), `/v1/telemetry/quarantine?trackerId=${id}&limit=2`);
    expect(data.map(({ reason }) => reason)).toEqual(['identity_mismatch', 'too_old']);
    const rest = await api.read(
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
  it('that go on are over when their tracker is taken out of use: nobody else would end them', async () => {
    const { id, vehicleId, send } = await api.fitted();
    await send(fix(20_000, { alarms: ['powerCut', 'tampering'], externalMv: 0 }));
    const open = async () =>
      (await api.read(list(risk), `/v1/risk-events?vehicleId=${vehicleId}`)).data.map(
        ({ endedAt }) => endedAt === null,
      );
    expect(await open()).toEqual([true, true]);
    expect((await api.call('DELETE', `/v1/trackers/${id}`)).status).toBe(204);
    expect(await open()).toEqual([false, false]);
  });

  it("are the staff's, and the customer's of own leases; one is acknowledged once", async () => {
    const { vehicleId, send } = await api.fitted();
    const handedOver = new Date(Date.now() - 60_000);
    const leaseId = await insertLease(api.world.database.db, vehicleId, api.customer.user.id, handedOver);
    await send([fix(20_000, { alarms: ['powerCut'] }), fix(10_000, { alarms: ['powerCut', 'tow'] })]);
    const { data } = await api.read(list(risk), `/v1/risk-events?leaseId=${leaseId}`);
    expect(data.map(({ type }) => type)).toEqual(['tow', 'power_cut']);
    expect((await api.read(list(risk), `/v1/risk-events?vehicleId=${vehicleId}&type=tow`)).data).toMatchObject([
      { type: 'tow', severity: 'high', leaseId, position: { lat: 0.3476, lon: 32.5825 }, acknowledgedAt: null },
    ]);
    const own = await api.read(list(risk), '/v1/risk-events', { token: api.customer.token });
    expect(own.data.map(({ id }) => id)).toEqual(data.map(({ id }) => id));
    const other = await api.world.customer();
    expect((await api.read(list(risk), '/v1/risk-events', { token: other.token })).data).toEqual([]);

    const path = `/v1/risk-events/${data[0]?.id}/acknowledge`;
    const first = risk.parse((await api.call('POST', path)).body);
    expect(first.acknowledgedAt).not.toBeNull();
    const again = await api.call('POST', path, { token: (await api.world.staff('admin')).token });
    expect(again).toMatchObject({ status: 200, body: { acknowledgedAt: first.acknowledgedAt } });
    expect((await api.call('POST', path, { token: api.customer.token })).status).toBe(403);
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
    expect((await api.world.call(method, path, given)).status).toBe(401);
    expect((await api.world.call(method, path, { ...given, token: 'nonsense' })).status).toBe(401);
    const asCustomer = await api.call(method, path, { ...given, token: api.customer.token });
    if (!open.test(path)) expect(asCustomer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    if (path.includes(nobody)) expect((await api.call(method, path, given)).status).toBe(404);
  });

  it.each([
    ['GET', '/v1/trackers?vehicleId=x'],
    ['GET', '/v1/trackers?limit=0'],
    ['GET', '/v1/trackers?cursor=x'],
    ['GET', '/v1/telemetry/quarantine?trackerId=x'],
    ['GET', '/v1/risk-events?type=boredom'],
    ['GET', '/v1/risk-events?leaseId=x'],
  ])('%s %s is no question', async (method, path) => {
    expect(await api.call(method, path)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});
