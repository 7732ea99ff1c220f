import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request, type RequestOptions } from 'node:http';
import mqtt, { type MqttClient } from 'mqtt';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { leases, outbox, users, vehicles } from '#db/schema/index';
import { eventually } from '#dev/client';
import { system } from '#domain/identity/roles';
import { createLogger } from '#platform/log';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { insertLease } from '#test/telematics-world';
import { transact } from '#use-cases/context';
import { setVehicleStatus } from '#use-cases/vehicles/set-vehicle-status';
import { registerTracker, type Credential } from '#use-cases/telematics/tracker-credentials';
import { startTelematics, type Telematics } from '#workers/telematics/process';
import { createApp } from '../app.ts';
import { serveHttp, type HttpServer } from '../serve.ts';

let world: ApiWorld;
let telematics: Telematics;
/** Another process of the API, in which tokens last for two seconds. */
let replica: HttpServer;
let admin: Person;
beforeAll(async () => {
  world = await createApiWorld({ MQTT_HOST: '127.0.0.1', MQTT_PORT: '0', CORS_ORIGINS: 'https://ours.example' });
  const { config, tokens } = world.deps;
  telematics = await startTelematics({ ...config, LOG_LEVEL: 'fatal' }, createLogger('test', 'fatal'));
  const short: typeof tokens = {
    ...tokens,
    async verify(token) {
      const identity = await tokens.verify(token);
      return identity === null ? null : { ...identity, expiresAt: new Date(Date.now() + 2_000) };
    },
  };
  replica = await serveHttp(createApp({ ...world.deps, tokens: short }), 0, '127.0.0.1', 1_000);
  admin = await world.staff('admin');
});
afterAll(async () => {
  await telematics.stop();
  await replica.stop();
  await world.close();
});

type Message = Readonly<Record<string, unknown>>;
interface Live {
  readonly socket: WebSocket;
  readonly messages: Message[];
  readonly positions: () => Message[];
  readonly errors: () => Message[];
  readonly notes: () => unknown[];
  readonly closed: Promise<number>;
  say(message: object): void;
}

const clients: WebSocket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
});

const protocolsOf = (token: string) => ['rto.v1', `bearer.${token}`];
async function live({ token }: { readonly token: string }, base = world.url): Promise<Live> {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/live`, protocolsOf(token));
  clients.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    messages,
    closed,
    positions: () => messages.filter(({ type }) => type === 'position'),
    errors: () => messages.filter(({ type }) => type === 'error'),
    notes: () => messages.flatMap(({ event }) => (event as { data: { note: unknown } } | undefined)?.data.note ?? []),
    say: (message) => socket.send(JSON.stringify(message)),
  };
}

/** The status that an upgrade is refused with; 101 where it is not. */
function refusal(protocols: string[], options: object = {}): Promise<number> {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/v1/live`, protocols, options);
  clients.push(socket);
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => resolve(101));
    socket.on('error', () => {});
  });
}

let serial = 0;
interface Tracked extends Credential {
  readonly vehicleId: string;
  publish(fix: object): Promise<void>;
}
const brokers: MqttClient[] = [];
afterAll(() => Promise.all(brokers.map((client) => client.endAsync(true))));

async function trackedVehicle(): Promise<Tracked> {
  const { db } = world.database;
  const vehicleId = randomUUID();
  serial += 1;
  const rest = { make: 'Bajaj', model: 'Boxer', year: 2025, market: 'UG', price: 5_000_000, currency: 'UGX' } as const;
  await db
    .insert(vehicles)
    .values({ id: vehicleId, type: 'motorcycle', ...rest, registration: `UL ${serial}`, vin: `VL${serial}` });
  const credential = await transact(db, system('test'), new Date(), (context) =>
    registerTracker(context, world.deps, { vehicleId, kind: 'native', serial: undefined }),
  );
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${telematics.port}`, {
    username: credential.username,
    password: credential.password,
    protocolVersion: 4,
  });
  brokers.push(client);
  const publish = async (fix: object) => {
    const said = { ts: Date.now(), lon: 32.5, speedKph: 10, heading: 90, ignition: true, ...fix };
    await client.publishAsync(credential.topics.telemetry, JSON.stringify(said), { qos: 1 });
  };
  return { ...credential, vehicleId, publish };
}

const write = (subject: string, note: number, leaseId: string | null = null, more = '') =>
  world.database.db.insert(outbox).values({
    id: randomUUID(),
    type: 'lease.paused',
    subject,
    leaseId,
    time: new Date(),
    data: { note, more },
  });

const seen = <T>(what: string, found: () => T | undefined) => eventually(what, async () => found());

describe('the upgrade', () => {
  it('is refused as any request is', async () => {
    const { token } = admin;
    expect(await refusal(['rto.v1'])).toBe(401);
    expect(await refusal(protocolsOf('nobody'))).toBe(401);
    expect(await refusal([`bearer.${token}`])).toBe(400);
    expect(await refusal(protocolsOf(token), { origin: 'https://elsewhere.example' })).toBe(403);
    expect(await refusal(protocolsOf(token), { origin: 'https://ours.example' })).toBe(101);
    expect((await world.call('GET', '/v1/live', { token })).status).toBe(426);
    expect((await live(admin)).socket.protocol).toBe('rto.v1');
  });

  it('to something else is left out, and the request answered', async () => {
    const { token } = admin;
    const headers = {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
    };
    const ask = (
      path: string,
      options: Pick<RequestOptions, 'method'> & { headers: Record<string, string> },
      body?: string,
    ) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(`${world.url}${path}`, { ...options, headers: { ...headers, ...options.headers } });
        asked.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
        asked.end(body);
      });
    expect(await ask('/v1/me', { headers: { authorization: `Bearer ${token}` } })).toBe(200);
    const body = JSON.stringify({ phone: '+256772000111' });
    const sent = { 'content-type': 'application/json', 'content-length': String(body.length) };
    expect(await ask('/v1/auth/otp', { method: 'POST', headers: sent }, body)).toBe(202);
  });
});

describe('positions', () => {
  it('reach whoever may know them, in every process, at most one a second, and the latest in the end', async () => {
    const [own, other] = [await trackedVehicle(), await trackedVehicle()];
    const customer = await world.customer();
    await insertLease(world.database.db, own.vehicleId, customer.user.id, new Date(Date.now() - 60_000));
    const mine = await live(customer);
    const office = await live(admin, `http://127.0.0.1:${replica.port}`);
    mine.say({ type: 'subscribe', vehicleIds: [own.vehicleId, other.vehicleId, 'no id'] });
    const { vehicleId } = own;
    office.say({ type: 'subscribe', vehicleIds: [vehicleId, other.vehicleId], reason: '20 days past due' });
    const looked = await eventually('the look to be on record', async () => {
      const { body } = await world.call('GET', '/v1/me/location-views', { token: customer.token });
      return (body as { data: Message[] }).data[0];
    });
    expect(looked).toMatchObject({ what: 'live', reason: '20 days past due', vehicleId, by: { role: 'admin' } });
    await seen('the refusals', () => (mine.errors().length === 2 ? true : undefined));
    expect(mine.errors()).toEqual([
      { type: 'error', vehicleId: other.vehicleId },
      { type: 'error', vehicleId: 'no id' },
    ]);
    const ts = Date.now();
    await own.publish({ ts, lat: 0.3 });
    await other.publish({ ts, lat: 0.4 });
    await seen('the first position', () => mine.positions()[0]);
    await seen('both', () => office.positions()[1]);
    expect(mine.positions()).toEqual([
      {
        type: 'position',
        vehicleId: own.vehicleId,
        lat: 0.3,
        lon: 32.5,
        speedKph: 10,
        heading: 90,
        ignition: true,
        ts: new Date(ts).toISOString(),
      },
    ]);
    const began = performance.now();
    for (let i = 1; i <= 10; i += 1) await own.publish({ ts: ts + i, lat: 0.3 + i / 1e5 });
    await seen('the latest', () => mine.positions().find(({ lat }) => lat === 0.3001));
    const seconds = (performance.now() - began) / 1_000;
    expect(mine.positions().length - 1).toBeLessThanOrEqual(Math.ceil(seconds));
    expect(mine.errors()).toHaveLength(2);

    // Whoever comes later is told where it is; whoever has it no longer is told nothing more.
    const late = await live(admin);
    late.say({ type: 'subscribe', vehicleIds: [own.vehicleId] });
    await seen('the present position', () => late.positions()[0]);
    await world.database.db.update(leases).set({ status: 'returned' }).where(eq(leases.vehicleId, own.vehicleId));
    const before = mine.positions().length;
    await own.publish({ lat: 0.3002 });
    await seen('the end', () => mine.errors()[2]);
    expect(mine.errors()[2]).toEqual({ type: 'error', vehicleId: own.vehicleId });
    await seen('what others see', () => late.positions().find(({ lat }) => lat === 0.3002));
    expect(mine.positions()).toHaveLength(before);
  });
});

describe('the map of a fleet', () => {
  it('is on record for every customer, once a person, though it is opened twice at once', async () => {
    const { db } = world.database;
    const customer = await world.customer();
    const ids = (await Promise.all([1, 2, 3].map(() => trackedVehicle()))).map(({ vehicleId }) => vehicleId);
    for (const id of ids) await insertLease(db, id, customer.user.id, new Date(Date.now() - 60_000));
    const maps = await Promise.all([admin, admin, await world.staff('agent')].map((one) => live(one)));
    for (const map of maps) map.say({ type: 'subscribe', vehicleIds: [...ids, randomUUID()], reason: 'map' });
    const looks = await eventually('the looks to be on record', async () => {
      const { body } = await world.call('GET', '/v1/me/location-views', { token: customer.token });
      const { data } = body as { data: Message[] };
      return data.length === 2 * ids.length ? data : undefined;
    });
    expect(new Set(looks.map(({ vehicleId }) => vehicleId))).toEqual(new Set(ids));
  });
});

describe('events', () => {
  it('are heard by whom they are for, and go on after the last', async () => {
    const [one, two] = [await world.customer(), await world.customer()];
    const vehicle = await trackedVehicle();
    const leaseId = await insertLease(world.database.db, vehicle.vehicleId, one.user.id);
    const [mine, theirs, office] = [await live(one), await live(two), await live(admin)];
    for (const client of [mine, theirs, office]) client.say({ type: 'subscribe', events: true });
    for (const note of [1, 2, 3]) await write(leaseId, note, leaseId);
    await write(randomUUID(), 4);
    await seen('all', () => (office.notes().length === 4 ? true : undefined));
    expect(office.notes()).toEqual([1, 2, 3, 4]);
    await seen('one’s own', () => (mine.notes().length === 3 ? true : undefined));
    expect(mine.messages[2]).toMatchObject({
      type: 'event',
      event: { specversion: '1.0', subject: leaseId, sequence: 3 },
    });
    expect(theirs.messages).toEqual([]);

    const last = (mine.messages[0] as { event: { position: number } }).event.position;
    for (const [person, wanted] of [
      [one, [2, 3]],
      [admin, [2, 3, 4]],
    ] as const) {
      const again = await live(person);
      again.say({ type: 'subscribe', events: true, after: last });
      await seen('the rest', () => (again.notes().length === wanted.length ? true : undefined));
      expect(again.notes()).toEqual(wanted);
    }
    mine.say({ type: 'unsubscribe', events: true });
    await sleep(100);
    await write(leaseId, 5, leaseId);
    await seen('the fifth', () => (office.notes().includes(5) ? true : undefined));
    expect(mine.notes()).toEqual([1, 2, 3]);
  });

  it('of what happened to a vehicle tell its customer and staff where that was', async () => {
    const customer = await world.customer();
    const vehicle = await trackedVehicle();
    const { vehicleId } = vehicle;
    await insertLease(world.database.db, vehicleId, customer.user.id, new Date(Date.now() - 3_600_000));
    const [mine, office] = [await live(customer), await live(admin)];
    for (const client of [mine, office]) client.say({ type: 'subscribe', events: true });
    await sleep(100);
    await vehicle.publish({ lat: 0.3, alarms: ['crash'] });
    const crash = ({ messages }: Live) =>
      messages.find(({ event }) => (event as { type?: string } | undefined)?.type === 'telematics.risk.detected');
    const [his, ours] = [await seen('his', () => crash(mine)), await seen('ours', () => crash(office))];
    const told = { event: { data: { type: 'crash', vehicleId, position: { lat: 0.3, lon: 32.5 } } } };
    expect([his, ours]).toMatchObject([told, told]);
  });

  it('of the catalogue everybody hears who asks: which vehicle is reserved, and not by whom', async () => {
    const [browsing, other] = [await live(await world.customer()), await live(await world.customer())];
    browsing.say({ type: 'subscribe', catalogue: true });
    other.say({ type: 'subscribe', events: true });
    const { vehicleId } = await trackedVehicle();
    await sleep(100);
    const change = (status: 'reserved' | 'available') =>
      transact(world.database.db, system('test'), new Date(), (context) =>
        setVehicleStatus(context, vehicleId, status),
      );
    await change('reserved');
    await change('available');
    await seen('both', () => (browsing.messages.length === 2 ? true : undefined));
    const told = (status: string) => ({
      type: 'event',
      event: { type: 'vehicle.changed', data: { vehicleId, status } },
    });
    expect(browsing.messages).toMatchObject([told('reserved'), told('available')]);
    expect(JSON.stringify(browsing.messages)).not.toContain('leaseId');
    expect(other.messages).toEqual([]);
    browsing.say({ type: 'unsubscribe', catalogue: true });
    await sleep(100);
    await change('reserved');
    await sleep(300);
    expect(browsing.messages).toHaveLength(2);
  });

  it('wait in the database for whoever reads slowly, not in memory; he hears all of them, and the latest position', async () => {
    const vehicle = await trackedVehicle();
    const slow = await live(admin);
    slow.say({ type: 'subscribe', events: true, vehicleIds: [vehicle.vehicleId] });
    await vehicle.publish({ lat: 0.2 });
    await seen('the first position', () => slow.positions()[0]);
    let most = 0;
    const spy = vi.spyOn(WebSocket.prototype, 'send');
    const sampling = setInterval(() => {
      const waiting = new Set(spy.mock.contexts).values();
      most = Math.max(most, ...Array.from(waiting, (socket) => (socket as WebSocket).bufferedAmount));
    }, 2);
    slow.socket.pause();
    const subject = randomUUID();
    const count = 1_500;
    const more = 'x'.repeat(8_000);
    for (let from = 0; from < count; from += 100) {
      const rows = Array.from({ length: 100 }, (_, i) => ({
        id: randomUUID(),
        type: 'lease.paused' as const,
        subject,
        time: new Date(),
        data: { note: from + i, more },
      }));
      await world.database.db.insert(outbox).values(rows);
      await vehicle.publish({ lat: 0.2 + from / 1e6 });
    }
    await sleep(1_500);
    const read = slow.notes().length;
    expect(read).toBeLessThan(count);
    slow.socket.resume();
    await seen('all events', () => (slow.notes().length >= count ? true : undefined));
    expect(slow.notes()).toEqual(Array.from({ length: count }, (_, i) => i));
    await seen('the latest position', () => slow.positions().find(({ lat }) => lat === 0.2 + 1_400 / 1e6));
    // No more than a page beyond what a client may be behind.
    expect(most).toBeLessThan(200 * 9_000 + 128 * 1024);
    expect(most).toBeGreaterThan(64 * 1024);
    clearInterval(sampling);
    spy.mockRestore();
  });
});

describe('a connection', () => {
  it('ends with its session, with its token, by a message that is too large, and with the server', async () => {
    const { db } = world.database;
    const suspended = await world.customer();
    const [gone, out, large, expiring] = [
      await live(suspended),
      await live(await world.customer()),
      await live(admin),
      await live(admin, `http://127.0.0.1:${replica.port}`),
    ];
    const loggedOut = await world.customer();
    const leaving = await live(loggedOut);
    await db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, suspended.user.id));
    const { refreshToken, token } = loggedOut;
    await world.call('POST', '/v1/auth/logout', { token, body: { refreshToken } });
    large.socket.send('x'.repeat(64 * 1024 + 1));
    out.socket.send('x'.repeat(64 * 1024));
    expect(await large.closed).toBe(1009);
    expect(await gone.closed).toBe(4401);
    expect(await leaving.closed).toBe(4401);
    expect(await expiring.closed).toBe(4401);
    await seen('the answer to nonsense', () => out.messages[0]);
    expect(out.messages).toEqual([{ type: 'error', code: 'invalid_input' }]);
    const odd = await live(admin);
    for (const text of ['\\ud800 late', 'la\\u0000te']) {
      odd.socket.send(`{"type":"subscribe","vehicleIds":[],"reason":"${text}"}`);
      odd.socket.send(`{"type":"subscribe","vehicleIds":["${text}"]}`);
    }
    await seen('an answer to each text that no database takes', () => (odd.messages.length >= 4 ? true : undefined));
    expect(odd.messages).toEqual(Array.from({ length: 4 }, () => ({ type: 'error', code: 'invalid_input' })));

    const third = await serveHttp(createApp(world.deps), 0, '127.0.0.1', 1_000);
    const open = await live(admin, `http://127.0.0.1:${third.port}`);
    const began = performance.now();
    await third.stop();
    expect(await open.closed).toBe(1001);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
