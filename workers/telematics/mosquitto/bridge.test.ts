import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type IClientOptions } from 'mqtt';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { positions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { MOSQUITTO_PLATFORM_PASSWORD, startMosquitto, type Mosquitto } from '#test/mosquitto';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

const bridge = { username: 'traccar', password: 'the-password-of-the-bridge' };

let mosquitto: Mosquitto;
let world: TelematicsWorld;
beforeAll(async () => {
  mosquitto = await startMosquitto(undefined, { bridge: true });
  world = await createTelematicsWorld({
    MQTT_URL: mosquitto.url,
    MQTT_PLATFORM_PASSWORD: MOSQUITTO_PLATFORM_PASSWORD,
    TRACCAR_MQTT_USERNAME: bridge.username,
    TRACCAR_MQTT_PASSWORD: bridge.password,
  });
});
afterAll(async () => {
  await world.close();
  await mosquitto.stop();
});

/** As Traccar connects: once for positions, once for events, each with an id of its own. */
const enter = (url: string, clientId: string, options: IClientOptions = {}) =>
  eventually('Mosquitto to let the bridge in', () =>
    mqtt
      .connectAsync(url, { ...bridge, clientId, protocolVersion: 5, reconnectPeriod: 0, ...options })
      .catch(() => undefined),
  );

it('a bridge on another host has both of its connections, and writes what it may alone', async () => {
  const tracker = await world.newTracker({ kind: 'traccar', serial: 'BRIDGED-1' });
  const clients = [await enter(mosquitto.bridgeUrl, 'traccar-1'), await enter(mosquitto.bridgeUrl, 'traccar-2')];
  let ended = 0;
  for (const client of clients) client.on('close', () => (ended += 1));
  const [forward, events] = clients;
  const fixTime = new Date().toISOString();
  const position = { id: 1, valid: true, fixTime, deviceTime: fixTime, latitude: 0.3476, longitude: 32.5825, speed: 0 };
  const said = { position: { ...position, attributes: {} }, device: { id: 1, uniqueId: 'BRIDGED-1' } };
  await forward?.publishAsync('traccar/positions', JSON.stringify(said), { qos: 1 });
  const stored = () => world.database.db.$count(positions, eq(positions.trackerId, tracker.id));
  await eventually('the position', async () => ((await stored()) === 1 ? true : undefined));
  const foreign = events?.publishAsync(`trackers/${tracker.id}/telemetry`, '{}', { qos: 1 });
  await expect(foreign).rejects.toThrow('Not authorized');
  await sleep(1_000);
  expect(ended).toBe(0);
  await Promise.all(clients.map((client) => client.endAsync()));
});

it('nobody listens for a bridge that was not asked for', async () => {
  const plain = await startMosquitto();
  await expect(mqtt.connectAsync(plain.bridgeUrl, { ...bridge, reconnectPeriod: 0 })).rejects.toThrow('ECONNREFUSED');
  await plain.stop();
});
