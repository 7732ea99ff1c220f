import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { freePorts } from '#dev/ports';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let world: TelematicsWorld;
let shown: string;
beforeAll(async () => {
  const [port] = await freePorts(1);
  world = await createTelematicsWorld({ METRICS_PORT: String(port) });
  shown = `http://127.0.0.1:${port}/metrics`;
});
afterAll(() => world.close());

async function figure(series: string): Promise<number | undefined> {
  const lines = (await (await fetch(shown)).text()).split('\n');
  const line = lines.find((one) => one.startsWith(series));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

it('counts how old fixes are when they come, but for those that are not believed', async () => {
  expect(await figure('telemetry_readings_total{outcome="stored"'), 'before anything came').toBe(0);
  const { username, password, topics } = await world.newTracker();
  const client = await world.connect(username, password);
  const ts = Date.now() - 400_000;
  const says = (fix: object) => client.publishAsync(topics.telemetry, JSON.stringify(fix), { qos: 1 });
  await says({ ts, seq: 1, lat: 0.3, lon: 32.5 });
  await says({ ts: ts + 399_000, seq: 2, lat: 0.3, lon: 32.5 });
  // Nobody drives that far in a second.
  await says({ ts: ts + 399_500, seq: 3, lat: 8, lon: 32.5 });
  await eventually('three positions', async () =>
    (await figure('telemetry_readings_total{outcome="stored"')) === 3 ? true : undefined,
  );
  const upTo = (seconds: number) => figure(`telemetry_lag_seconds_bucket{le="${seconds}"`);
  expect([await upTo(300), await upTo(900)]).toEqual([1, 2]);
});
