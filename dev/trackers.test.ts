import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trackers } from '#db/schema/index';
import { createLogger } from '#platform/log';
import { cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { startTelematics, type Telematics } from '#workers/telematics/process';
import { eventually, type MarketplaceClient } from './client.ts';
import { randomNumbers, SimulatedVehicle } from './trackers/vehicle.ts';

describe('a simulated vehicle', () => {
  const live = (seed: string, steps: number) => {
    const vehicle = new SimulatedVehicle(randomNumbers(seed), { lat: 0.32, lon: 32.58 }, 80);
    return Array.from({ length: steps }, () => ({
      ...vehicle.step(5),
      activity: vehicle.activity,
      inReach: vehicle.inReach,
    }));
  };

  it('lives the same life again by the same seed, and another by another', () => {
    expect(live('a', 500)).toEqual(live('a', 500));
    expect(live('a', 500)).not.toEqual(live('b', 500));
  });

  it('drives, parks, speeds, loses power and connection, and never jumps', () => {
    const life = live('a', 5_000);
    expect(new Set(life.map(({ activity }) => activity))).toEqual(new Set(['driving', 'parked', 'speeding']));
    expect(life.some(({ alarms }) => alarms?.includes('powerCut'))).toBe(true);
    expect(life.some(({ inReach }) => !inReach)).toBe(true);
    const far = life.filter(({ lat, lon }) => Math.hypot(lat - 0.32, lon - 32.58) > 0.15);
    expect(far).toEqual([]);
    const steps = life.slice(1).map((now, i) => {
      const before = life[i] ?? now;
      return Math.hypot(now.lat - before.lat, now.lon - before.lon) * 111.2 * 720;
    });
    // km/h between two positions.
    expect(Math.max(...steps)).toBeLessThan(120);
  });
});

describe('npm run trackers', () => {
  let platform: TestPlatform;
  let telematics: Telematics;
  let agent: MarketplaceClient;
  beforeAll(async () => {
    platform = await startTestPlatform({ MQTT_PORT: '0', MQTT_HOST: '127.0.0.1' });
    telematics = await startTelematics(platform.config, createLogger('test', 'fatal'));
    ({ agent } = await cast(platform));
  });
  afterAll(async () => {
    await telematics.stop();
    await platform.close();
  });

  function run(...options: string[]): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
    const child = spawn(process.execPath, ['--import', 'tsx', 'dev/trackers.ts', '--interval', '0.5', ...options], {
      env: { PATH: process.env['PATH'], PUBLIC_URL: platform.url, MQTT_PORT: String(telematics.port) },
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

  it('says what is wrong', async () => {
    const wrong = run('--count', 'many');
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toContain('--count');
  });
});
