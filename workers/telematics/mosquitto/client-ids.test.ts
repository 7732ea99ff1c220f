import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type IClientOptions } from 'mqtt';
import { eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { positions, riskEvents } from '#db/schema/index';
import { eventually } from '#dev/client';
import { MOSQUITTO_PLATFORM_PASSWORD, startMosquitto, type Mosquitto } from '#test/mosquitto';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

const PLATFORM = 'the-platform';

let mosquitto: Mosquitto;
let world: TelematicsWorld;
beforeAll(async () => {
  mosquitto = await startMosquitto();
  world = await createTelematicsWorld({
    MQTT_URL: mosquitto.url,
    MQTT_PLATFORM_PASSWORD: MOSQUITTO_PLATFORM_PASSWORD,
    MQTT_CLIENT_ID: PLATFORM,
  });
});
afterAll(async () => {
  await world.close();
  await mosquitto.stop();
});

type Tracker = Awaited<ReturnType<TelematicsWorld['newTracker']>>;

/** Where trackers come in, as soon as Mosquitto knows the account. */
const enter = ({ username, password }: Tracker, options: IClientOptions = {}) =>
  eventually('Mosquitto to let the tracker in', () =>
    mqtt
      .connectAsync(mosquitto.trackersUrl, { username, password, protocolVersion: 4, reconnectPeriod: 0, ...options })
      .catch(() => undefined),
  );
const say = (client: mqtt.MqttClient, { topics }: Tracker, seq: number) =>
  client.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq, lat: 0.3476, lon: 32.5825 }), { qos: 1 });
const stored = (tracker: Tracker) => world.database.db.$count(positions, eq(positions.trackerId, tracker.id));

describe('a tracker that knows the client id of the platform', () => {
  it('takes nothing of what Mosquitto keeps for it while it is away', async () => {
    const [honest, other] = [await world.newTracker(), await world.newTracker()];
    const client = await enter(honest);
    await (await enter(other)).endAsync();
    await world.telematics.stop();
    for (let seq = 0; seq < 20; seq += 1) await say(client, honest, seq);
    await (await enter(other, { clientId: PLATFORM, clean: true })).endAsync();
    await world.restart();
    await eventually('all of it', async () => ((await stored(honest)) === 20 ? true : undefined));
    await client.endAsync();
  });

  it('does not end its connection', async () => {
    const [honest, other] = [await world.newTracker(), await world.newTracker()];
    const client = await enter(honest);
    const before = mosquitto.log().length;
    const taken = await enter(other, { clientId: PLATFORM, clean: false });
    await say(client, honest, 0);
    await eventually('the position', async () => ((await stored(honest)) === 1 ? true : undefined));
    expect(mosquitto.log().slice(before)).not.toContain(PLATFORM);
    await Promise.all([taken.endAsync(), client.endAsync()]);
  });
});

it('two units whose firmware has the same client id do not end each other', async () => {
  const pair = [await world.newTracker(), await world.newTracker()];
  const options = { clientId: 'GPS-TRACKER', reconnectPeriod: 100, clean: true } as const;
  for (const tracker of pair) await (await enter(tracker)).endAsync();
  const clients = await Promise.all(pair.map((tracker) => enter(tracker, options)));
  let ended = 0;
  for (const client of clients) client.on('close', () => (ended += 1));
  const ids = pair.map(({ id }) => id);
  const risks = () => world.database.db.$count(riskEvents, inArray(riskEvents.trackerId, ids));
  const before = await risks();
  await sleep(1_500);
  expect({ ended, told: (await risks()) - before }).toEqual({ ended: 0, told: 0 });
  await Promise.all(clients.map((client) => client.endAsync()));
});
