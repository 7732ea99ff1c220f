import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trackers } from '#db/schema/index';
import { trackerTopics } from '#domain/telematics/topics';
import { listen } from '#platform/listen';
import { createLogger } from '#platform/log';
import { cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { startTelematics, type Telematics } from '#workers/telematics/process';
import { eventually, type MarketplaceClient } from './client.ts';
import { clonedDevice } from './trackers/habits/cloned-device.ts';
import { native } from './trackers/dialects/native.ts';
import { mapAround } from './trackers/roads/map.ts';
import { kmBetween } from './trackers/roads/road.ts';
import { randomNumbers, SimulatedVehicle } from './trackers/vehicle.ts';

it('a tracker whose connection ends before it is let in tries again', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  const port = await listen(server, 0, '127.0.0.1');
  const ears = { broker: `mqtt://127.0.0.1:${port}`, teltonikaPort: null, bridge: { username: '', password: '' } };
  const account = { username: 'a', password: 'b', serial: 'a', isCopy: false, topics: trackerTopics('a') };
  await expect(native(ears).open(account, { signed: () => {}, text: () => '', locate: () => {} })).rejects.toThrow();
  await new Promise((resolve) => server.close(resolve));
});

describe('a simulated vehicle', () => {
  const kampala = { lat: 0.32, lon: 32.58 };
  /** Steps of five seconds from seven in the morning. */
  const live = (seed: string, steps: number, home = kampala) => {
    const vehicle = new SimulatedVehicle(randomNumbers(seed), home, 80);
    return Array.from({ length: steps }, (_, step) => {
      const hour = (7 + (step * 5) / 3_600) % 24;
      const { activity, inReach, clockError } = vehicle;
      return { ...vehicle.step(5, hour), hour, activity, inReach, clockError };
    });
  };
  const metres = (a: { lat: number; lon: number }, b: { lat: number; lon: number }) =>
    1_000 * kmBetween([a.lat, a.lon], [b.lat, b.lon]);

  it('lives the same life again by the same seed, and another by another', () => {
    expect(live('a', 500)).toEqual(live('a', 500));
    expect(live('a', 500)).not.toEqual(live('b', 500));
  });

  it('drives, parks, speeds, loses power and connection, and never jumps', () => {
    const life = live('a', 5_000);
    expect(new Set(life.map(({ activity }) => activity))).toEqual(new Set(['driving', 'parked', 'speeding']));
    expect(life.some(({ alarms }) => alarms?.includes('powerCut'))).toBe(true);
    expect(life.some(({ inReach }) => !inReach)).toBe(true);
    const moves = life.slice(1).map((now, i) => metres(now, life[i] ?? now));
    // 110 km/h are 153 m in five seconds; the place of what is parked may leap by some more.
    expect(Math.max(...moves)).toBeLessThan(250);
    expect(Math.max(...life.map((one) => one.speedKph))).toBeGreaterThan(84);
  });

  it('keeps to the roads of Kampala and Nairobi, and around any other town to roads like them', () => {
    for (const home of [kampala, { lat: -1.3031, lon: 36.8511 }, { lat: -1.9706, lon: 30.1044 }]) {
      const roads = mapAround([home.lat, home.lon]);
      const driven = live('roads', 2_000, home).filter(({ ignition }) => ignition);
      expect(driven.length).toBeGreaterThan(500);
      for (const one of driven) expect(metres(one, home)).toBeLessThan(50_000);
      // What is driven through are the road's own points.
      const passed = roads.places.filter(([lat, lon]) => driven.some((one) => metres(one, { lat, lon }) < 100));
      expect(passed.length).toBeGreaterThan(10);
    }
  });

  it('goes home for the night, and its place wanders while it is parked', () => {
    const night = live('a', 17_280).filter(({ hour }) => hour >= 1 && hour < 4);
    expect(night.every(({ ignition }) => !ignition)).toBe(true);
    const [first = kampala] = night;
    const drift = night.map((one) => metres(one, first));
    expect(Math.max(...drift)).toBeGreaterThan(5);
    expect(Math.max(...drift)).toBeLessThan(200);
  });

  it('is slower on the road, and more on the road, when everybody is', () => {
    const day = live('a', 17_280);
    const between = (from: number, to: number) => day.filter(({ hour }) => hour >= from && hour < to);
    const shareOfDriving = (of: typeof day) => of.filter(({ ignition }) => ignition).length / of.length;
    const speed = (of: typeof day) => {
      const usual = of.filter(({ activity, speedKph }) => activity === 'driving' && speedKph > 0);
      return usual.reduce((sum, { speedKph }) => sum + speedKph, 0) / usual.length;
    };
    const [evening, noon] = [between(17.4, 19.2), between(11, 15)];
    expect(shareOfDriving(evening)).toBeGreaterThan(shareOfDriving(noon));
    expect(speed(evening)).toBeLessThan(speed(noon) * 0.8);
  });

  it('has among many a clock that is years behind, one that is hours ahead, and a copy', () => {
    const errors = Array.from({ length: 200 }, (_, i) => live(`clock ${i}`, 2).at(-1)?.clockError);
    expect(errors.filter((error) => error === 0).length).toBeGreaterThan(180);
    expect(new Set(errors)).toEqual(new Set([0, 3 * 3_600_000, -1_024 * 7 * 86_400_000]));
    const copies = Array.from({ length: 200 }, (_, i) => clonedDevice(randomNumbers(`copy ${i}`)));
    expect(copies.filter(Boolean).length).toBeGreaterThan(0);
  });
});

describe('npm run trackers', () => {
  let platform: TestPlatform;
  let telematics: Telematics;
  let agent: MarketplaceClient;
  beforeAll(async () => {
    platform = await startTestPlatform({
      MQTT_PORT: '0',
      MQTT_HOST: '127.0.0.1',
      TELTONIKA_PORT: '0',
      TRACCAR_MQTT_PASSWORD: 'rent-to-own',
    });
    telematics = await startTelematics(platform.config, createLogger('test', 'fatal'));
    ({ agent } = await cast(platform));
  });
  afterAll(async () => {
    await telematics.stop();
    await platform.close();
  });

  function run(...options: string[]): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
    const child = spawn(process.execPath, ['--import', 'tsx', 'dev/trackers.ts', '--interval', '0.5', ...options], {
      env: {
        PATH: process.env['PATH'],
        PUBLIC_URL: platform.url,
        MQTT_PORT: String(telematics.port),
        TELTONIKA_PORT: String(telematics.teltonikaPort),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk));
    return { child, output: () => output, ended: once(child, 'exit').then(() => child.exitCode) };
  }

  const fleet = async () => (await agent.get('/v1/trackers', { query: { limit: 100 } })).data;

  /** It is noticed a moment after they have said so: another connection of theirs might stand. */
  const gone = () =>
    eventually('three trackers that are gone', async () => {
      const all = await fleet();
      return all.length === 3 && all.every(({ online }) => online === false) ? all : undefined;
    });

  it('fits vehicles, publishes, and says goodbye; the next run goes on with the same ones', async () => {
    const first = run('--count', '3', '--seconds', '3');
    expect(await first.ended, first.output()).toBe(0);
    const fitted = await gone();
    for (const { vehicleId } of fitted) await agent.get('/v1/vehicles/{id}/position', { path: { id: vehicleId } });

    const second = run('--count', '3');
    await eventually('the trackers to be back', async () =>
      (await fleet()).every(({ online }) => online) ? true : undefined,
    );
    second.child.kill('SIGINT');
    expect(await second.ended, second.output()).toBe(0);
    await gone();
    expect(await platform.database.db.$count(trackers)).toBe(3);
  });

  it('makes vehicles where there are too few, and they are not for sale', async () => {
    const { data: before } = await agent.get('/v1/vehicles', { query: { limit: 100 } });
    const child = run('--count', String(before.length + 2), '--seconds', '1');
    expect(await child.ended, child.output()).toBe(0);
    const { data: after } = await agent.get('/v1/vehicles', { query: { limit: 100 } });
    const made = after.filter(({ id }) => before.every((other) => other.id !== id));
    expect(made.map(({ status }) => status)).toEqual(['maintenance', 'maintenance']);
  });

  it('speaks every dialect, and fits the same vehicles again with another', async () => {
    const mixed = run('--count', '5', '--seconds', '4', '--dialect', 'mixed');
    expect(await mixed.ended, mixed.output()).toBe(0);
    expect(mixed.output()).not.toContain('one says');
    const spoken = (await fleet()).filter(({ kind }) => kind !== 'native');
    expect(spoken.map(({ kind }) => kind).toSorted()).toEqual(['owntracks', 'teltonika', 'teltonika', 'traccar']);
    for (const { id, vehicleId } of spoken) {
      const position = await agent.get('/v1/vehicles/{id}/position', { path: { id: vehicleId } });
      expect(position.trackerId).toBe(id);
    }
    const rejected = await agent.get('/v1/telemetry/quarantine', { query: { limit: 100 } });
    expect(rejected.data.filter(({ trackerId }) => spoken.some(({ id }) => id === trackerId))).toEqual([]);
    await eventually('five trackers that are gone', async () =>
      (await fleet()).every(({ online }) => online !== true) ? true : undefined,
    );

    const again = run('--count', '5', '--seconds', '1', '--dialect', 'native');
    expect(await again.ended, again.output()).toBe(0);
    expect((await fleet()).filter(({ kind }) => kind !== 'native')).toEqual([]);
  });

  it('says what is wrong', async () => {
    const wrong = run('--count', 'many');
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toContain('--count');
  });
});
