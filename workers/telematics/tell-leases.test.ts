import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { SimulatorClient } from '#dev/simulator-client';
import { createLogger } from '#platform/log';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { startTelematics, type Telematics } from './process.ts';

let platform: TestPlatform;
let telematics: Telematics;
const start = () => startTelematics(platform.config, createLogger('test', 'fatal'));
beforeAll(async () => {
  platform = await startTestPlatform({ MQTT_PORT: '0', MQTT_HOST: '127.0.0.1' });
  telematics = await start();
});
afterAll(async () => {
  await telematics.stop();
  await platform.close();
});

it('an episode is one event, one signal and one entry of the timeline, whatever comes again', async () => {
  const people = await cast(platform);
  const customer = await newCustomer(platform);
  const lease = await leaseIn('active', customer, people);
  const fitted = await people.agent.post('/v1/trackers', { body: { vehicleId: lease.vehicleId, kind: 'native' } });
  const ts = Date.now() - 120_000;
  const ride = Array.from({ length: 12 }, (_, seq) => ({
    ts: ts + seq * 5_000,
    seq,
    lat: 0.32,
    lon: 32.58,
    speedKph: seq > 1 && seq < 9 ? 100 : 40,
  }));
  const say = async (messages: readonly unknown[]) => {
    const { username, password, topics } = fitted;
    const options = { username, password, protocolVersion: 4, reconnectPeriod: 0 } as const;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${telematics.port}`, options);
    for (const message of messages) await client.publishAsync(topics.telemetry, JSON.stringify(message), { qos: 1 });
    // Goes as a tracker does that says so, which is another event, later.
    await client.endAsync();
  };
  const events = async () => {
    return (await people.agent.get('/v1/risk-events', { query: { leaseId: lease.id, type: 'speeding' } })).data;
  };
  const timeline = async (type = 'speeding') => {
    const { data } = await customer.client.get('/v1/leases/{id}/timeline', { path: { id: lease.id } });
    return data
      .filter((entry) => entry.type === 'telematics.risk.detected' && entry.detail['type'] === type)
      .map(({ detail }) => detail['riskEventId']);
  };

  await say(ride.slice(0, 8));
  const [told] = await eventually('the timeline to tell', async () =>
    (await timeline()).length > 0 ? timeline() : undefined,
  );
  expect((await events()).map(({ id }) => id)).toEqual([told]);

  await say(ride);
  await telematics.stop();
  telematics = await start();
  await say([ride.toReversed(), ...ride]);
  // The signals of one lease are sent in order: once a later event is told, nothing of before is under way.
  await say([{ ...ride[11], ts: Date.now(), seq: 99, alarms: ['powerCut'] }]);
  await eventually('the power cut on the timeline', async () =>
    (await timeline('power_cut')).length === 1 ? true : undefined,
  );
  expect(await timeline()).toEqual([told]);
  expect((await events()).map(({ id }) => id)).toEqual([told]);

  // Who has crashed is asked how he is, once, and offered a pause.
  const texts = async () => {
    const sent = await new SimulatorClient(platform.simulators).get('/sms', { query: { to: customer.phone } });
    return sent.data.filter(({ body }) => body.includes('ask for a pause'));
  };
  const crash = { ...ride[11], ts: Date.now(), seq: 100, alarms: ['crash'] };
  await say([crash, crash]);
  expect(await eventually('the text', async () => ((await texts()).length > 0 ? texts() : undefined))).toHaveLength(1);
});
