import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { positions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { startMosquitto, type Mosquitto } from '#test/mosquitto';
import { spawnTelematics } from '#test/telematics-process';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let mosquitto: Mosquitto;
let world: TelematicsWorld;
let child: ChildProcess;
beforeAll(async () => {
  mosquitto = await startMosquitto();
  world = await createTelematicsWorld({ MQTT_URL: mosquitto.url });
  // Only the process that is killed reads from here on.
  await world.telematics.stop();
  child = await start();
});
afterAll(async () => {
  await kill();
  await world.close();
  await mosquitto.stop();
});

const start = () => spawnTelematics(world.config, { MQTT_URL: mosquitto.url });
async function kill(): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Connected trackers, each able to say so many positions that Mosquitto has acknowledged. */
async function trackers(count: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { id, username, password, topics } = await world.newTracker();
      const client = await eventually('Mosquitto to let the tracker in', () =>
        world.connect(username, password).catch(() => undefined),
      );
      const ts = Date.now() - 600_000;
      const say = (seq: number) =>
        client.publishAsync(topics.telemetry, JSON.stringify({ ts: ts + seq * 1_000, seq, lat: 0.3, lon: 32.5 }), {
          qos: 1,
        });
      return { id, say };
    }),
  );
}
const stored = (trackerId: string) => world.database.db.$count(positions, eq(positions.trackerId, trackerId));

it('loses nothing that Mosquitto took while the consumer is killed in the middle of the stream', async () => {
  const [each, fleet] = [100, await trackers(40)];
  let said = 0;
  const streams = Promise.all(
    fleet.map(async ({ say }) => {
      for (let seq = 0; seq < each; seq++) {
        await say(seq);
        said += 1;
      }
    }),
  );
  for (const enough of [800, 1_800, 2_800]) {
    await eventually(`${enough} messages`, async () => (said >= enough ? true : undefined));
    await kill();
    child = await start();
  }
  await streams;
  for (const { id } of fleet)
    await eventually('every position', async () => ((await stored(id)) === each ? true : undefined));
});

it('does not acknowledge what is not committed', async () => {
  const { sql } = world.database;
  const [tracker] = await trackers(1);
  if (tracker === undefined) throw new Error('no tracker');
  await sql.begin(async (tx) => {
    await tx`lock table telematics.positions in access exclusive mode`;
    for (let seq = 0; seq < 20; seq++) await tracker.say(seq);
    await eventually('the consumer to wait for the table', async () => {
      const [{ waiting } = { waiting: 0 }] = await sql<{ waiting: number }[]>`
        select count(*)::int as waiting from pg_stat_activity
        where wait_event_type = 'Lock' and query like '%telematics.positions%' and datname = current_database()`;
      return waiting > 0 ? true : undefined;
    });
    await kill();
  });
  expect(await stored(tracker.id), 'nothing was committed').toBe(0);
  child = await start();
  await eventually('what was taken before', async () => ((await stored(tracker.id)) === 20 ? true : undefined));
});
