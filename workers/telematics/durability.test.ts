import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eq } from 'drizzle-orm';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { positions } from '#db/schema/index';
import { freePorts } from '#dev/ports';
import { spawnTelematics } from '#test/telematics-process';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let world: TelematicsWorld;
let child: ChildProcess | undefined;
beforeAll(async () => {
  world = await createTelematicsWorld();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await world.close();
});

it('has every position that was acknowledged, over kills in the middle of the stream', async () => {
  const [port] = await freePorts(1);
  const trackers = await Promise.all(Array.from({ length: 40 }, () => world.newTracker()));
  const ts = Date.now() - 3_600_000;
  const acknowledged = new Map(trackers.map(({ id }) => [id, new Set<string>()]));
  let sending = true;

  const stream = async ({ id, username, password, topics }: (typeof trackers)[number]) => {
    for (let seq = 0; sending && seq < 110;) {
      const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
        username,
        password,
        protocolVersion: 4,
        reconnectPeriod: 0,
        connectTimeout: 2_000,
      });
      client.on('error', () => {});
      const closed = new Promise<'closed'>((resolve) => client.once('close', () => resolve('closed')));
      while (sending && seq < 110) {
        const number = seq;
        const position = { ts: ts + number * 1_000, seq: number, lat: 0.3, lon: 32.5 };
        const publishing = client.publishAsync(topics.telemetry, JSON.stringify(position), { qos: 1 }).then(
          () => 'taken' as const,
          () => 'closed' as const,
        );
        const outcome = await Promise.race([closed, publishing]);
        if (outcome === 'closed') break;
        acknowledged.get(id)?.add(String(number));
        seq += 1;
      }
      client.end(true);
      // The process is on its way back.
      if (sending && seq < 110) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const total = () => [...acknowledged.values()].reduce((sum, numbers) => sum + numbers.size, 0);

  child = await spawnTelematics(world.config, { MQTT_PORT: String(port) });
  const streams = Promise.all(trackers.map(stream));
  for (const enough of [600, 1_500]) {
    while (total() < enough) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await once(child, 'exit');
    child = await spawnTelematics(world.config, { MQTT_PORT: String(port) });
  }
  while (total() < 3_000) await new Promise((resolve) => setTimeout(resolve, 5));
  sending = false;
  child.kill('SIGKILL');
  await streams;
  for (const [id, numbers] of acknowledged) {
    const rows = await world.database.db
      .select({ sequence: positions.sequence })
      .from(positions)
      .where(eq(positions.trackerId, id));
    const stored = new Set(rows.map(({ sequence }) => sequence));
    expect([...numbers].filter((number) => !stored.has(number))).toEqual([]);
    expect(rows).toHaveLength(stored.size);
  }
});

it('starts and stores where the days of positions cannot be made', async () => {
  const { sql, db } = world.database;
  await sql`alter function telematics.ensure_partitions rename to ensure_partitions_then`;
  await world.restart();
  const { id, username, password, topics } = await world.newTracker();
  const client = await world.connect(username, password);
  const fix = { ts: Date.now(), seq: 1, lat: 0.3, lon: 32.5 };
  await client.publishAsync(topics.telemetry, JSON.stringify(fix), { qos: 1 });
  expect(await db.$count(positions, eq(positions.trackerId, id))).toBe(1);
  await sql`alter function telematics.ensure_partitions_then rename to ensure_partitions`;
});
