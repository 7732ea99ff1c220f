import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, immobilisations, trackers, vehicleCommands, vehicles } from '#db/schema/index';
import { eventually } from '#dev/client';
import { TeltonikaOutput, type Now } from '#dev/trackers/relays/teltonika-output';
import { serveTraccar } from '#dev/trackers/relays/traccar-api';
import { TraccarServer } from '#dev/trackers/relays/traccar-server';
import type { TrackerKind } from '#domain/telematics/tracker';
import { createLogger } from '#platform/log';
import { connectTraccar } from '#providers/trackers/traccar-server';
import { bookLease } from '#test/lease-books';
import { agent, ago, createStopWorld, type StopWorld } from '#test/stop-world';
import { openCase } from '#use-cases/cases/open-case';
import { changeStatus } from '#use-cases/leases/change-status';
import { locateStolen } from '#use-cases/telematics/locate-stolen';
import { mobiliseVehicle } from '#use-cases/telematics/mobilise-vehicle';
import { startCommands, type CommandsDependencies } from './commands.ts';
import { createIngest } from './ingest.ts';
import { isAboutData } from './isolate.ts';
import { TrackerRegistry } from './registry.ts';
import { Watches } from './watches.ts';

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

it('lets nobody who is to move wait for a broker that is slow to take what others are told', async () => {
  const { deps, database, config } = world;
  const fitted: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const { vehicleId } = await (await bookLease(database, config, {})).row();
    fitted.push(await world.fit(vehicleId));
    await mobiliseVehicle(deps, agent, vehicleId);
  }
  const told: string[] = [];
  const began = Date.now();
  const sender = await startCommands({
    ...deps,
    sql: database.sql,
    log: createLogger('test', 'silent'),
    traccar: null,
    teltonika: null,
    publish: (topic) => {
      told.push(topic);
      return new Promise(() => {});
    },
  });
  await eventually('all of them to be told', () => Promise.resolve(told.length === 3 ? true : undefined));
  // Two of them would have waited for five seconds each.
  expect(Date.now() - began).toBeLessThan(5_000);
  expect(told.map((topic) => topic.split('/')[1]).toSorted()).toEqual(fitted.toSorted());
  await sender.stop();
});

it('lets nobody who is to move wait for the lease of another who is to be stopped', async () => {
  const { deps, database, config } = world;
  const held = await world.waiting();
  await world.advance(held.vehicleId);
  const { vehicleId } = await (await bookLease(database, config, {})).row();
  const free = await world.fit(vehicleId);
  const waits = () => database.sql<{ since: string }[]>`
    select xact_start::text as since from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  const told: string[] = [];
  const publish = (topic: string) => Promise.resolve(void told.push(topic.split('/')[1] ?? ''));
  const isTold = (id: string) => eventually('it to be told', () => Promise.resolve(told.includes(id) || undefined));
  // Somebody works on that lease for long, as an end of day or a correction does.
  const sender = await database.sql.begin(async (tx) => {
    await tx`select 1 from leases.leases where id = ${held.lease.id} for update`;
    const begun = await sending({ traccar: null, publish });
    const stopWaits = await eventually('the stop to wait', async () => (await waits())[0]);
    await mobiliseVehicle(deps, agent, vehicleId);
    await isTold(free);
    // Since then, and not anew: it was not given up before.
    expect(await waits()).toEqual([stopWaits]);
    return begun;
  });
  await isTold(held.trackerId);
  await sender.stop();
});

const silent = createLogger('test', 'silent');
const sending = (ways: Pick<CommandsDependencies, 'publish' | 'traccar'>) =>
  startCommands({ ...world.deps, sql: world.database.sql, log: silent, teltonika: null, ...ways });

/** A parked vehicle that may be stopped, with a unit of another dialect. */
async function waits(kind: TrackerKind, serial: string) {
  const one = await world.waiting();
  await world.deps.db.update(trackers).set({ kind, serial }).where(eq(trackers.id, one.trackerId));
  return one;
}
const untilSent = (vehicleId: string) =>
  eventually('the command to be sent', async () => {
    const [last] = await world.commands(vehicleId);
    return last?.state === 'sent' ? last : undefined;
  });

it('stops a vehicle through Traccar by what its output shows, and takes back what was not seen', async () => {
  const output = new TeltonikaOutput();
  const parked: Now = { ignition: false, speedKph: 0 };
  // Its driver comes back just as it is told to stop.
  let now: Now = { ignition: true, speedKph: 0 };
  const server = new TraccarServer((text) => output.command(text, now));
  const serial = '352093081234567';
  const api = await serveTraccar('token', [{ id: 7, uniqueId: serial, server }]);
  const traccar = connectTraccar({ TRACCAR_API_URL: api.url, TRACCAR_API_TOKEN: 'token' });
  const sender = await sending({ traccar, publish: () => Promise.reject(new Error('not by MQTT')) });
  const one = await waits('traccar', serial);
  const { vehicleId, lease } = one;
  const steps = (then: Now) => (output.step((now = then)), world.sees(one, output.on));
  const stateOf = async () => (await world.episode(vehicleId))?.state;

  await world.advance(vehicleId);
  await untilSent(vehicleId);
  await eventually('the unit to have it', () => Promise.resolve(server.results.length === 1 ? true : undefined));
  await steps({ ignition: true, speedKph: 40 });
  // Its 200 has proven nothing.
  expect(await stateOf()).toBe('stopping');
  await world.runsOut(vehicleId);
  expect((await world.advance(vehicleId)).state).toBe('starting');
  await eventually('it to be taken back', () => Promise.resolve(server.results.length === 3 ? true : undefined));
  await steps(parked);
  expect([output.on, await stateOf()]).toEqual([false, 'waiting']);

  await world.parks(one);
  expect((await world.advance(vehicleId)).state).toBe('stopping');
  await eventually('the output', () => Promise.resolve(output.on ? true : undefined));
  await world.sees(one, true);
  expect([await stateOf(), (await lease.row()).status]).toEqual(['stopped', 'immobilised']);

  // Out of reach as it is paid for: nothing waits at the server for whenever it is back, and it is told again.
  server.deviceOffline();
  await lease.pays(new Date().toISOString(), 90_000);
  await untilSent(vehicleId);
  server.deviceOnline();
  expect(output.on).toBe(true);
  await world.runsOut(vehicleId);
  const { text } = await world.advance(vehicleId);
  await eventually('the output', () => Promise.resolve(output.on ? undefined : true));
  await world.sees(one, false);
  expect(await world.episode(vehicleId)).toMatchObject({ state: 'ended', endReason: 'paid' });
  // It has no keypad.
  expect(text).toBeUndefined();
  await sender.stop();
  await api.stop();
});

it('tells a Teltonika unit to stop when its ignition is off, and to move at once, in its own words', async () => {
  const said: [string, string][] = [];
  const publish = (topic: string, payload: string) => Promise.resolve(void said.push([topic, payload]));
  const sender = await sending({ traccar: null, publish });
  const { vehicleId, trackerId, lease } = await waits('teltonika', '352093081234568');
  await world.advance(vehicleId);
  await untilSent(vehicleId);
  await lease.pays(new Date().toISOString(), 90_000);
  await eventually('the start', () => Promise.resolve(said.length === 3 ? true : undefined));
  const topic = `teltonika/${trackerId}/commands`;
  expect(said).toEqual([
    [topic, '{"CMD":"setigndigout 1"}'],
    [topic, '{"CMD":"setigndigout 0"}'],
    [topic, '{"CMD":"setdigout 0"}'],
  ]);
  await sender.stop();
});

it("tells a customer's own vehicle to move at once when its unit is back, and once a minute", async () => {
  const { db, sql } = world.database;
  const { vehicleId, trackerId, lease } = await world.stopped();
  await lease.pays(new Date().toISOString(), 90_000);
  await db
    .update(immobilisations)
    .set({ startingAt: ago(1) })
    .where(eq(immobilisations.vehicleId, vehicleId));
  await db.update(vehicles).set({ status: 'sold' }).where(eq(vehicles.id, vehicleId));
  await db.update(trackers).set({ online: false }).where(eq(trackers.id, trackerId));
  for (let tries = 0; tries < 9; tries += 1) {
    await world.runsOut(vehicleId);
    await world.advance(vehicleId);
  }
  const toldWhileAway = (await world.commands(vehicleId)).length;
  await world.advance(vehicleId);
  expect(await world.commands(vehicleId)).toHaveLength(toldWhileAway);

  const said: string[] = [];
  const sender = await sending({ traccar: null, publish: (topic) => Promise.resolve(void said.push(topic)) });
  const ingest = createIngest({
    sql,
    log: silent,
    registry: new TrackerRegistry(sql),
    watches: new Watches(sql),
    heard: (words) => sender.heard(words),
  });
  const speaks = () =>
    new Promise((resolve) => {
      const payload = Buffer.from(JSON.stringify({ ts: Date.now(), lat: 0.3, lon: 32.5, output1: true }));
      ingest.add({ topic: `trackers/${trackerId}/telemetry`, payload, receivedAt: Date.now() }, resolve);
    });
  await speaks();
  await eventually('the start', () => Promise.resolve(said.length > 0 ? true : undefined));
  await speaks();
  expect(said).toEqual([`trackers/${trackerId}/commands`]);
  const commands = await world.commands(vehicleId);
  expect([commands.length, commands[0]?.type]).toEqual([toldWhileAway + 1, 'mobilise']);
  await ingest.stop();
  await sender.stop();
});

it('tells a unit that comes back while an order to move is under way the same again, until it answers', async () => {
  const { db, sql } = world.database;
  const one = await world.stopped();
  const { vehicleId, trackerId, lease } = one;
  await db.update(trackers).set({ online: false }).where(eq(trackers.id, trackerId));
  const said: string[] = [];
  const idIn = (payload: string) => (JSON.parse(payload) as { id: string }).id;
  const publish = (_: string, payload: string) => Promise.resolve(void said.push(idIn(payload)));
  const sender = await sending({ traccar: null, publish });
  const registry = new TrackerRegistry(sql);
  const heard = (words: Parameters<typeof sender.heard>[0]) => sender.heard(words);
  const ingest = createIngest({ sql, log: silent, registry, watches: new Watches(sql), heard });
  const hears = (topic: string, words: object) =>
    new Promise((resolve) => {
      const payload = Buffer.from(JSON.stringify(words));
      ingest.add({ topic: `trackers/${trackerId}/${topic}`, payload, receivedAt: Date.now() }, resolve);
    });
  const speaks = () => hears('telemetry', { ts: Date.now(), lat: 0.3, lon: 32.5, output1: true });

  // He pays while it sleeps: nobody hears the order.
  await lease.pays(new Date().toISOString(), 90_000);
  const { id } = await untilSent(vehicleId);
  await eventually('the order', () => Promise.resolve(said.length === 1 ? true : undefined));
  await speaks();
  await eventually('it to be told', () => Promise.resolve(said.length === 2 ? true : undefined));
  // What it has been told just now it is not told with each of its messages.
  await speaks();
  await world.answers(trackerId, id);
  await db.update(trackers).set({ online: false }).where(eq(trackers.id, trackerId));
  await sender.heard([{ kind: 'here', trackerId, vehicleId }]);
  await ingest.stop();
  await sender.stop();
  expect(said).toEqual([id, id]);
});

describe('the tracker of a vehicle that is stolen', () => {
  /** Of a lease that runs, there, and of this dialect. */
  const tracked = async (kind: TrackerKind) => {
    const one = await world.late(5);
    await world.deps.db.update(trackers).set({ kind }).where(eq(trackers.id, one.trackerId));
    return one;
  };
  type Tracked = Awaited<ReturnType<typeof tracked>>;
  const moves = ({ lease }: Tracked, to: 'stolen' | 'in_arrears') =>
    world.by(new Date(), (context) => changeStatus(context, { leaseId: lease.id, to }));
  const anew = async () => {
    const before = { issuedAt: ago(1), expiresAt: ago(0.9) };
    await world.deps.db.update(vehicleCommands).set(before).where(eq(vehicleCommands.type, 'locate'));
    return locateStolen(world.deps.db);
  };

  it('is asked where it is, in its own words, each minute until it is found', async () => {
    const [native, teltonika, phone, bystander] = [
      await tracked('native'),
      await tracked('teltonika'),
      await tracked('owntracks'),
      await tracked('native'),
    ];
    expect(await locateStolen(world.deps.db)).toBe(0);
    for (const one of [native, teltonika, phone]) await moves(one, 'stolen');
    const said = new Map<string, string>();
    const publish = (topic: string, payload: string) => Promise.resolve(void said.set(topic, payload));
    const sender = await sending({ traccar: null, publish });
    await eventually('all to be asked', () => Promise.resolve(said.size === 3 || undefined));
    expect(said.get(`teltonika/${teltonika.trackerId}/commands`)).toBe('{"CMD":"on_demand_tracking2"}');
    const asked = said.get(`owntracks/${phone.trackerId}/phone/cmd`);
    expect(JSON.parse(asked ?? '')).toEqual({ _type: 'cmd', action: 'reportLocation' });
    const [command] = await world.commands(native.vehicleId);
    const told: unknown = JSON.parse(said.get(`trackers/${native.trackerId}/commands`) ?? '');
    expect(told).toMatchObject({ id: command?.id, type: 'locate', mac: expect.any(String) });
    expect(command).toMatchObject({ type: 'locate', state: 'sent' });
    await sender.stop();

    // Not before a minute is over, and not one that is away; what it said meanwhile is what came of it.
    expect(await locateStolen(world.deps.db)).toBe(0);
    await world.parks(native);
    await world.deps.db.update(trackers).set({ online: false }).where(eq(trackers.id, teltonika.trackerId));
    expect(await anew()).toBe(2);
    const before = await world.commands(native.vehicleId);
    expect(before.map(({ state }) => state)).toEqual(['created', 'succeeded']);
    expect((await world.commands(phone.vehicleId)).map(({ state }) => state)).toEqual(['created', 'expired']);
    // It stands in no order's way.
    await mobiliseVehicle(world.deps, agent, native.vehicleId);
    expect(await world.commands(native.vehicleId)).toMatchObject([{ type: 'mobilise', state: 'created' }, {}, {}]);
    for (const one of [native, phone]) await moves(one, 'in_arrears');
    await anew();
    expect(await anew()).toBe(0);
    expect(await world.commands(bystander.vehicleId)).toEqual([]);
  });

  it('is asked more rarely after an hour in vain', async () => {
    const one = await tracked('native');
    await moves(one, 'stolen');
    const { vehicleId, trackerId } = one;
    const minutesAgo = (minutes: number) => ({ issuedAt: ago(minutes / 60), expiresAt: ago((minutes - 1) / 60) });
    const asked = Array.from({ length: 60 }, (_, n) => minutesAgo(n + 2)).map((when) => {
      return { id: uuidv7(), vehicleId, trackerId, type: 'locate', state: 'expired', ...when } as const;
    });
    await world.deps.db.insert(vehicleCommands).values(asked.slice(1));
    expect(await locateStolen(world.deps.db)).toBe(1);
    await world.deps.db.insert(vehicleCommands).values(asked.slice(0, 1));
    const issued = (minutes: number) =>
      world.deps.db.update(vehicleCommands).set(minutesAgo(minutes)).where(eq(vehicleCommands.state, 'created'));
    await issued(2);
    expect(await locateStolen(world.deps.db)).toBe(0);
    await world.deps.db.update(vehicleCommands).set(minutesAgo(11)).where(eq(vehicleCommands.vehicleId, vehicleId));
    expect(await locateStolen(world.deps.db)).toBe(1);
    await moves(one, 'in_arrears');
  });

  it('is asked too where a theft is suspected, until the case is closed', async () => {
    const one = await tracked('native');
    const leaseId = one.lease.id;
    const detail = { riskEventId: one.vehicleId };
    await world.by(new Date(), (context) =>
      openCase(context, { kind: 'suspected_theft', leaseId, paymentId: null, detail }),
    );
    await anew();
    expect(await world.commands(one.vehicleId)).toMatchObject([{ type: 'locate' }]);
    await world.deps.db.update(cases).set({ status: 'closed' }).where(eq(cases.leaseId, leaseId));
    await anew();
    expect(await world.commands(one.vehicleId)).toHaveLength(1);
  });
});

/** Trackers whose messages go one way. */
const sideBySide = (a: string, b: string) => {
  const sum = (id: string) => Array.from(id).reduce((all, one) => all + one.charCodeAt(0), 0);
  return sum(a) % 2 === sum(b) % 2;
};

it('lets no tracker wait for the lease of another, and believes what that one said once, in order, when it is free', async () => {
  const { deps, database, config } = world;
  const { sql } = database;
  const held = await world.stopping();
  let other = '';
  while (other === '' || !sideBySide(other, held.trackerId))
    other = await world.fit((await (await bookLease(database, config, {})).row()).vehicleId);
  const sender = await startCommands({
    ...deps,
    sql,
    log: silent,
    traccar: null,
    teltonika: null,
    publish: async () => {},
  });
  const ingest = createIngest({
    sql,
    log: silent,
    registry: new TrackerRegistry(sql),
    watches: new Watches(sql),
    heard: (words) => sender.heard(words),
  });
  const says = (id: string, words: object) =>
    new Promise((resolve) => {
      const payload = Buffer.from(JSON.stringify({ lat: 0.3, lon: 32.5, speedKph: 0, ignition: false, ...words }));
      ingest.add({ topic: `trackers/${id}/telemetry`, payload, receivedAt: Date.now() }, resolve);
    });
  const waiting = () =>
    sql<
      { stopped: boolean }[]
    >`select stopped from telematics.unit_words where vehicle_id = ${held.vehicleId} order by id`;
  const now = Date.now();
  // Somebody works on that lease for long, as an end of day or a correction does.
  await sql.begin(async (tx) => {
    await tx`select 1 from leases.leases where id = ${held.lease.id} for update`;
    const began = performance.now();
    expect(await says(held.trackerId, { ts: now, output1: true })).toBeUndefined();
    expect(await says(other, { ts: now, output1: false })).toBeUndefined();
    expect(await says(held.trackerId, { ts: now + 10, output1: false })).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(3_500);
    expect((await waiting()).map(({ stopped }) => stopped)).toEqual([true, false]);
    expect((await world.episode(held.vehicleId))?.state).toBe('stopping');
  });
  await eventually('all of it to be believed', async () => ((await waiting()).length === 0 ? true : undefined));
  // It stood, and let go though nobody had told it to.
  expect((await world.episode(held.vehicleId))?.stoppedAt).not.toBeNull();
  expect((await world.episode(held.vehicleId))?.state).toBe('waiting');
  await ingest.stop();
  await sender.stop();
});

it('believes after a kill what was acknowledged before it, once', async () => {
  const { sql } = world.database;
  const { vehicleId, trackerId } = await world.stopping();
  const stored = () =>
    createIngest({ sql, log: silent, registry: new TrackerRegistry(sql), watches: new Watches(sql) });
  const ts = Date.now();
  const say = () =>
    new Promise((resolve) => {
      const payload = Buffer.from(JSON.stringify({ ts, lat: 0.3, lon: 32.5, output1: true }));
      stored().add({ topic: `trackers/${trackerId}/telemetry`, payload, receivedAt: Date.now() }, resolve);
    });
  // The process dies as it has acknowledged; the tracker has not got that, and says it again.
  await say();
  await say();
  expect((await world.episode(vehicleId))?.state).toBe('stopping');
  const senders = [
    await sending({ traccar: null, publish: async () => {} }),
    await sending({ traccar: null, publish: async () => {} }),
  ];
  await eventually('the stop to be seen', async () =>
    (await world.episode(vehicleId))?.state === 'stopped' ? true : undefined,
  );
  await eventually('nothing to wait', async () =>
    (await sql`select 1 from telematics.unit_words where vehicle_id = ${vehicleId}`).length === 0 ? true : undefined,
  );
  const told = await sql`select 1 from events.outbox where type = 'vehicle.immobilised' and subject = ${vehicleId}`;
  expect(told).toHaveLength(1);
  for (const sender of senders) await sender.stop();
});

it('an answer with a time of no calendar is data that is refused, and keeps no other message waiting', async () => {
  const { deps, database } = world;
  const { sql } = database;
  const { vehicleId, trackerId } = await world.stopping();
  const [command] = await world.commands(vehicleId);
  const ts = Date.now() * 1_000;
  const refusal = await world.answers(trackerId, command?.id ?? '', ts).catch((error: unknown) => error);
  expect(isAboutData(refusal)).toBe(true);

  const log = createLogger('test', 'silent');
  const sender = await startCommands({ ...deps, sql, log, traccar: null, teltonika: null, publish: async () => {} });
  const heard = sender.heard.bind(sender);
  const ingest = createIngest({ sql, log, registry: new TrackerRegistry(sql), watches: new Watches(sql), heard });
  const tell = (topic: string, value: object) =>
    new Promise((resolve) => {
      ingest.add({ topic, payload: Buffer.from(JSON.stringify(value)), receivedAt: Date.now() }, resolve);
    });
  const isTold = [
    tell(`trackers/${trackerId}/commands/ack`, { id: command?.id, state: 'accepted', ts }),
    tell(`trackers/${trackerId}/telemetry`, { ts: Date.now(), lat: 0.3, lon: 32.5, speedKph: 0, ignition: false }),
  ];
  expect(await Promise.all(isTold)).toEqual([undefined, undefined]);
  const noted = await eventually('the answer to be noted', async () => {
    const [last] = await world.commands(vehicleId);
    return last?.state === 'sent' ? undefined : last;
  });
  expect(noted).toMatchObject({ state: 'acknowledged', answeredTs: null });
  await sender.stop();
});
