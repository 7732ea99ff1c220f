import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latestPositions, positions, quarantine, riskEvents } from '#db/schema/index';
import { eventually } from '#dev/client';
import { owntracksTopics } from '#domain/telematics/topics';
import { phone } from '#providers/trackers/recorded/owntracks';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

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
