import { and, asc, eq, isNull } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { revokeTracker } from '#use-cases/telematics/tracker-credentials';
import { latestPositions, positions, quarantine, riskEvents } from '#db/schema/index';
import { eventually } from '#dev/client';
import { owntracksTopics } from '#domain/telematics/topics';
import { system } from '#domain/identity/roles';
import { phone } from '#providers/trackers/recorded/owntracks';
import { unit } from '#providers/trackers/recorded/teltonika';
import { bridge } from '#providers/trackers/recorded/traccar';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';
import { TrackerRegistry } from './registry.ts';

let world: TelematicsWorld;
beforeAll(async () => {
  world = await createTelematicsWorld();
});
afterAll(() => world.close());

const say = (value: unknown) => JSON.stringify(value);
const rowsOf = (trackerId: string) =>
  world.database.db.select().from(positions).where(eq(positions.trackerId, trackerId)).orderBy(asc(positions.ts));
const risksOf = (trackerId: string) =>
  world.database.db
    .select()
    .from(riskEvents)
    .where(eq(riskEvents.trackerId, trackerId))
    .orderBy(asc(riskEvents.occurredAt));
const reasonsOf = async (trackerId: string) =>
  (await world.database.db.select().from(quarantine).where(eq(quarantine.trackerId, trackerId))).map(
    ({ reason }) => reason,
  );
const latestOf = async (vehicleId: string) => {
  const [latest] = await world.database.db
    .select()
    .from(latestPositions)
    .where(eq(latestPositions.vehicleId, vehicleId));
  return latest;
};

describe('an OwnTracks phone', () => {
  it('is where it says, once however often; what cannot be read is named; its last will says that it is gone', async () => {
    const { id, vehicleId, username, password } = await world.newTracker({ kind: 'owntracks' });
    const topic = `owntracks/${id}/phone`;
    const will = { topic, payload: Buffer.from(say(phone.lwt)), qos: 1, retain: true } as const;
    const client = await world.connect(username, password, { will });
    const tst = Math.floor(Date.now() / 1_000) - 10;
    const location = { ...phone.android, tst, topic };
    for (const value of [location, location, { ...location, tst: tst + 1, vel: 'fast' }])
      await client.publishAsync(topic, say(value), { qos: 1, retain: true });
    await client.publishAsync(`${topic}/event`, say({ ...phone.transition, tst: tst + 2 }), { qos: 1 });
    await client.publishAsync(topic, say({ ...location, topic: 'owntracks/other/phone' }), { qos: 1 });
    expect(await rowsOf(id)).toMatchObject([
      { ts: new Date(tst * 1_000), lat: 0.3205, speedKph: 52, heading: 183, accuracy: 5 },
      { ts: new Date(tst * 1_000 + 1_000), speedKph: null, heading: 183 },
      { ts: new Date(tst * 1_000 + 2_000), lat: 0.3207 },
    ]);
    expect(await latestOf(vehicleId)).toMatchObject({ trackerId: id, lat: 0.3207, lon: 32.58 });
    expect((await reasonsOf(id)).sort()).toEqual(['identity_mismatch', 'invalid: vel']);
    client.stream.destroy();
    await eventually('the phone to be lost', async () => ((await risksOf(id)).length > 0 ? true : undefined));
    expect(await risksOf(id)).toMatchObject([{ type: 'offline', details: { cause: 'last_will' } }]);
  });

  it('may say all that it says below its topic', async () => {
    const { id, username, password } = await world.newTracker({ kind: 'owntracks' });
    const client = await world.connect(username, password);
    for (const below of owntracksTopics)
      await client.publishAsync(`owntracks/${id}/phone/${below}`, say(phone.waypoint), { qos: 1 });
    expect(client.connected).toBe(true);
    expect(await rowsOf(id)).toEqual([]);
  });
});

describe('a Teltonika unit', () => {
  it('is where it says, stands stopped by its output, and an IMEI that is not its own is refused', async () => {
    const { id, vehicleId, username, password } = await world.newTracker({
      kind: 'teltonika',
      serial: '352093081255555',
    });
    const client = await world.connect(username, password);
    const ts = Date.now() - 10_000;
    const send = (value: { readonly state: { readonly reported: object } }, changes: object) =>
      client.publishAsync(
        `teltonika/${id}/data`,
        say({ state: { reported: { ...value.state.reported, ...changes } } }),
        { qos: 1 },
      );
    await send(unit.driving, { ts });
    await send(unit.driving, { ts });
    await send(unit.asText, { ts: String(ts + 1_000), imei: '352093081255555' });
    await send(unit.unplugged, { ts: ts + 2_000 });
    await send(unit.withoutFix, { ts: ts + 3_000, '179': 1, '252': 1 });
    await send(unit.driving, { ts: ts + 4_000, imei: '7654321' });
    await client.publishAsync(`teltonika/${id}/commands`, say(unit.answer), { qos: 1 });
    expect(await rowsOf(id)).toMatchObject([
      { ts: new Date(ts), lat: 0.3205, speedKph: 28, odometerKm: 6.87, ignition: true },
      { lat: 0.3206, speedKph: 31, extra: { externalMv: 12_010 } },
      { lat: 0.3207, ignition: false },
      { lat: null, speedKph: null, ignition: true },
    ]);
    expect(await latestOf(vehicleId)).toMatchObject({ lat: 0.3207, output1: true, ts: new Date(ts + 2_000) });
    expect(await risksOf(id)).toMatchObject([{ type: 'power_cut', occurredAt: new Date(ts + 2_000) }]);
    expect(await reasonsOf(id)).toEqual(['identity_mismatch']);
  });
});

describe('a Traccar bridge', () => {
  const bridgeSays = async () => {
    const client = await world.connect('traccar', 'bridge');
    return (what: 'positions' | 'events', value: unknown, uniqueId: string, at: number) =>
      client.publishAsync(
        `traccar/${what}`,
        say(value)
          .replaceAll(bridge.driving.device.uniqueId, uniqueId)
          .replaceAll('2026-08-21T10:00:00.000+00:00', new Date(at).toISOString()),
        { qos: 1 },
      );
  };

  it('speaks for trackers by their serial or id; of others nothing is stored', async () => {
    const send = await bridgeSays();
    const [one, other] = [
      await world.newTracker({ kind: 'traccar', serial: '352093081230001' }),
      await world.newTracker({ kind: 'traccar' }),
    ];
    const at = Date.now() - 10_000;
    await send('positions', bridge.driving, '352093081230001', at);
    await send('positions', bridge.driving, other.id, at);
    await send('positions', bridge.braking, '352093081230001', at + 1_000);
    await send('events', bridge.events.braking, '352093081230001', at + 1_000);
    await send('positions', bridge.driving, '352093081239999', at);
    expect(await rowsOf(one.id)).toMatchObject([
      { ts: new Date(at), lat: 0.3205, heading: 183, extra: { externalMv: 12_610 } },
      { ts: new Date(at + 1_000) },
    ]);
    expect((await rowsOf(one.id))[0]?.speedKph).toBeCloseTo(52.41, 2);
    expect(await rowsOf(other.id)).toHaveLength(1);
    expect(await risksOf(one.id)).toMatchObject([{ type: 'harsh_braking', occurredAt: new Date(at + 1_000) }]);
    const strangers = await world.database.db
      .select()
      .from(quarantine)
      .where(eq(quarantine.topic, 'traccar/positions'));
    expect(strangers).toMatchObject([{ trackerId: null, reason: 'unknown_tracker' }]);
    expect(strangers[0]?.payload).not.toContain('Test Person');
  });

  it('speaks for nobody who has a login of their own', async () => {
    const send = await bridgeSays();
    const serial = '352093081230009';
    const { id } = await world.newTracker({ serial });
    await send('positions', bridge.driving, serial, Date.now());
    await send('positions', bridge.driving, id, Date.now() - 1_000);
    await send('events', bridge.events.offline, serial, Date.now());
    expect([await rowsOf(id), await risksOf(id)]).toEqual([[], []]);
    const held = await world.database.db.select().from(quarantine).where(eq(quarantine.trackerId, id));
    expect(held.map(({ reason }) => reason)).toEqual(Array.from({ length: 3 }, () => 'identity_mismatch'));
    expect(say(held)).not.toContain('Test Person');
  });

  it('says that a device is gone and there again', async () => {
    const send = await bridgeSays();
    const { id } = await world.newTracker({ kind: 'traccar', serial: '352093081230002' });
    const at = Date.now() - 10_000;
    await send('positions', bridge.driving, '352093081230002', at);
    await send('events', bridge.events.offline, '352093081230002', at);
    await send('events', bridge.events.unknown, '352093081230002', at);
    await send('events', bridge.events.online, '352093081230002', at);
    expect((await risksOf(id)).map(({ type }) => type)).toEqual(['offline', 'online']);
  });

  it('a unit that moves to another vehicle speaks for that one at once, and of what it kept for the one it was in', async () => {
    const send = await bridgeSays();
    const serial = '352093081230003';
    const { db } = world.database;
    const first = await world.newTracker({ kind: 'traccar', serial });
    const kept = Date.now() + 1;
    await send('positions', bridge.driving, serial, kept - 1);
    await transact(db, system('test'), new Date(), (context) => revokeTracker(context, first.id));
    const strangers = () =>
      db.$count(quarantine, and(eq(quarantine.topic, 'traccar/positions'), isNull(quarantine.trackerId)));
    const before = await strangers();
    await eventually('the first tracker to be known as revoked', async () => {
      await send('positions', bridge.driving, serial, kept - 1);
      return (await strangers()) > before ? true : undefined;
    });
    const second = await world.newTracker({ kind: 'traccar', serial });
    await eventually('the new tracker to be known', async () => {
      await send('positions', bridge.driving, serial, Date.now());
      return (await rowsOf(second.id)).length > 0 ? true : undefined;
    });
    expect(await rowsOf(first.id)).toHaveLength(1);
    await send('positions', bridge.braking, serial, kept);
    await send('positions', bridge.driving, serial, kept - 60_000);
    expect((await rowsOf(first.id)).map(({ vehicleId }) => vehicleId)).toEqual([first.vehicleId, first.vehicleId]);
    expect((await latestOf(first.vehicleId))?.ts).toEqual(new Date(kept));
    expect((await rowsOf(second.id)).every(({ ts }) => ts.getTime() > kept)).toBe(true);
    expect([await risksOf(first.id), await risksOf(second.id)]).toEqual([[], []]);
    expect(await reasonsOf(second.id)).toEqual(['before_fitting']);
    const registry = new TrackerRegistry(world.database.sql);
    await registry.ensure([{ serial }]);
    await registry.ensure([{ trackerId: first.id }]);
    expect(registry.find({ serial })?.id).toBe(second.id);
  });
});
