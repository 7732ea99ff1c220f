import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { geofences, positions } from '#db/schema/index';
import { spawnTelematics } from './telematics-process.ts';
import { createTelematicsWorld, type TelematicsWorld } from './telematics-world.ts';

/**
 * What the telematics process holds while vehicles drive among zones for ten minutes. `MEMORY_MINUTES=3 TEST_LONG=true npx vitest
 * run test/telematics-memory` is a shorter one.
 */
const MINUTES = Number(process.env['MEMORY_MINUTES'] ?? 10);
const TRACKERS = 200;
const ZONES = 1_000;

let world: TelematicsWorld;
beforeAll(async () => {
  world = await createTelematicsWorld();
});
afterAll(() => world.close());

/** Of a process, in megabytes. */
const held = (pid: number | undefined): number =>
  Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);

const zone = (index: number) => {
  const [west, south] = [32.4 + (index % 40) * 0.01, 0.22 + Math.floor(index / 40) * 0.01];
  const side = 0.004;
  const ring = [
    [west, south],
    [west + side, south],
    [west + side, south + side],
    [west, south + side],
    [west, south],
  ];
  return {
    id: uuidv7(),
    name: `Zone ${index}`,
    rule: 'stay_outside' as const,
    polygon: { type: 'Polygon' as const, coordinates: [ring] },
    inForceFrom: new Date(0),
  };
};

it(
  'what the process holds grows by less than 15 % after its first minutes',
  async () => {
    await world.database.db.insert(geofences).values(Array.from({ length: ZONES }, (_, index) => zone(index)));
    await world.telematics.stop();
    const child = await spawnTelematics(world.config, { MQTT_PORT: String(world.config.MQTT_PORT) });
    const clients = [];
    for (let index = 0; index < TRACKERS; index += 1) {
      const { username, password, topics } = await world.newTracker();
      clients.push({ client: await world.connect(username, password), topic: topics.telemetry });
    }
    const sizes: number[] = [];
    for (let minute = 0; minute < MINUTES; minute += 1) {
      for (let second = 0; second < 60; second += 1) {
        const next = new Promise((resolve) => setTimeout(resolve, 1_000));
        for (const [index, { client, topic }] of clients.entries()) {
          // 40 km/h to the north, through a zone now and then.
          const driven = ((minute * 60 + second) * 1e-4) % 0.25;
          const where = { lat: 0.22 + driven, lon: 32.4 + (index / TRACKERS) * 0.4, speedKph: 40, ignition: true };
          client.publish(topic, JSON.stringify({ ts: Date.now(), ...where }), { qos: 1 });
        }
        await next;
      }
      sizes.push(held(child.pid));
    }
    const stored = await world.database.db.$count(positions);
    child.kill('SIGTERM');
    await once(child, 'exit');
    process.stdout.write(
      `${stored} positions, load ${loadavg()[0]?.toFixed(1)}; MB by the minute: ${sizes.join(' ')}\n`,
    );
    const third = Math.ceil(MINUTES / 3);
    const [early, late] = [sizes.slice(third, 2 * third), sizes.slice(2 * third)];
    expect(Math.max(...late)).toBeLessThan(Math.max(...early) * 1.15);
  },
  (MINUTES + 10) * 60_000,
);
