import mqtt from 'mqtt';
import { eq } from 'drizzle-orm';
import { inject, afterAll, beforeAll, expect, it } from 'vitest';
import { positions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { startCuttable, type Cuttable } from '#test/cuttable';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let way: Cuttable;
let world: TelematicsWorld;
beforeAll(async () => {
  const { hostname, port } = new URL(inject('templateDatabaseUrl'));
  way = await startCuttable(hostname, Number(port));
  world = await createTelematicsWorld({}, (databaseUrl) => {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${way.port}`;
    return url.href;
  });
});
afterAll(async () => {
  await world.close();
  await way.stop();
});

const EACH = 100;
type Credential = Awaited<ReturnType<TelematicsWorld['newTracker']>>;

/** Sends until everything is acknowledged, over as many connections as that takes, as trackers do. */
async function stream({ username, password, topics }: Credential, acknowledged: Set<number>): Promise<void> {
  const ts = Date.now() - 600_000;
  while (acknowledged.size < EACH) {
    const client = mqtt.connect(world.url, { username, password, protocolVersion: 4, reconnectPeriod: 0 });
    client.on('error', () => {});
    const closed = new Promise<false>((resolve) => client.once('close', () => resolve(false)));
    for (let seq = acknowledged.size; seq < EACH; seq++) {
      const said = JSON.stringify({ ts: ts + seq * 1_000, seq, lat: 0.3, lon: 32.5 });
      const taken = client.publishAsync(topics.telemetry, said, { qos: 1 }).then(
        () => true,
        () => false,
      );
      if (!(await Promise.race([taken, closed]))) break;
      acknowledged.add(seq);
    }
    client.end(true);
    // The next try of a tracker whose login could not be checked.
    if (acknowledged.size < EACH) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

it('acknowledges nothing while Postgres is away, lives on, and has everything once it is back', async () => {
  const trackers = await Promise.all(Array.from({ length: 20 }, () => world.newTracker()));
  const acknowledged = trackers.map(() => new Set<number>());
  const total = () => acknowledged.reduce((sum, some) => sum + some.size, 0);
  const { db } = world.database;
  const streams = Promise.all(trackers.map((tracker, index) => stream(tracker, acknowledged[index] ?? new Set())));
  for (const enough of [400, 1_200]) {
    await eventually(`${enough} positions`, async () => (total() >= enough ? true : undefined));
    way.cut();
    // What was under way may still be committed, and its acknowledgements read: nothing comes for a second.
    let [before, stored, since] = [-1, -1, 0];
    await eventually('the last acknowledgement', async () => {
      const now = [total(), await db.$count(positions)] as const;
      if (now[0] !== before || now[1] !== stored) since = Date.now();
      [before, stored] = now;
      return Date.now() - since > 1_000 ? true : undefined;
    });
    expect(stored, 'what is acknowledged is stored').toBeGreaterThanOrEqual(before);
    // Longer than the pauses between the first tries to store.
    const until = Date.now() + 1_500;
    await eventually('a while without Postgres', async () => (Date.now() > until ? true : undefined));
    expect(total(), 'acknowledged while Postgres was away').toBe(before);
    expect(await db.$count(positions)).toBe(stored);
    await expect(world.connect(trackers[0]?.username ?? '', 'x')).rejects.toThrow(/unavailable|closed|end/i);
    way.mend();
  }
  await streams;
  for (const { id } of trackers) expect(await db.$count(positions, eq(positions.trackerId, id))).toBe(EACH);
});
