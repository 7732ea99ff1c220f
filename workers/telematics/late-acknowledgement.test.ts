import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '#dev/client';
import { createLogger } from '#platform/log';
import { startConsumer } from './consumer.ts';
import { acknowledgeLate, type Delivery } from './late-acknowledgement.ts';
import type { Ingest } from './ingest.ts';
import type { Acknowledge } from './isolate.ts';
import type { TrackerMessage } from '#providers/trackers/adapter';
import { portOf } from '#platform/listen';

let aedes: Aedes;
let server: ReturnType<typeof createServer>;
let url: string;
let acknowledged: (number | undefined)[];
const clients: MqttClient[] = [];

beforeEach(async () => {
  aedes = await Aedes.createBroker();
  server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `mqtt://127.0.0.1:${portOf(server)}`;
  acknowledged = [];
  aedes.on('ack', (packet) =>
    acknowledged.push(
      packet === undefined || packet === null || !('messageId' in packet) ? undefined : packet.messageId,
    ),
  );
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await new Promise<void>((resolve) => aedes.close(resolve));
  await closed;
});

async function connect(options: { readonly clientId?: string; readonly clean?: boolean } = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 50, ...options });
  clients.push(client);
  return client;
}

describe('acknowledging late (the contract with mqtt.js 5.16)', () => {
  it('sends each acknowledgement when it is told to, many at once and in any order', async () => {
    const deliveries: Delivery[] = [];
    const consumer = await connect({ clientId: 'c', clean: false });
    acknowledgeLate(consumer, (delivery) => deliveries.push(delivery));
    await consumer.subscribeAsync('t', { qos: 1 });
    const publisher = await connect();
    await Promise.all(['a', 'b', 'c'].map((text) => publisher.publishAsync('t', text, { qos: 1 })));
    await eventually('three deliveries', async () => (deliveries.length === 3 ? true : undefined));
    await publisher.publishAsync('elsewhere', 'after', { qos: 1 });
    expect(acknowledged).toHaveLength(0);
    for (const delivery of [...deliveries].toReversed()) delivery.acknowledge();
    await eventually('three acknowledgements', async () => (acknowledged.length === 3 ? true : undefined));
    expect(deliveries.map(({ topic, payload }) => [topic, payload.toString()])).toEqual([
      ['t', 'a'],
      ['t', 'b'],
      ['t', 'c'],
    ]);
  });

  it('drops acknowledgements of an earlier connection: the message comes again', async () => {
    const deliveries: Delivery[] = [];
    const consumer = await connect({ clientId: 'c', clean: false });
    acknowledgeLate(consumer, (delivery) => deliveries.push(delivery));
    await consumer.subscribeAsync('t', { qos: 1 });
    await (await connect()).publishAsync('t', 'a', { qos: 1 });
    await eventually('the delivery', async () => deliveries[0]);
    consumer.stream.destroy();
    await eventually('the second delivery', async () => deliveries[1]);
    deliveries[0]?.acknowledge();
    await consumer.publishAsync('elsewhere', 'after', { qos: 1 });
    expect(acknowledged).toHaveLength(0);
    deliveries[1]?.acknowledge();
    await eventually('the acknowledgement', async () => (acknowledged.length === 1 ? true : undefined));
  });
});

describe('the front end for a real broker', () => {
  it('hands messages to the ingest path and acknowledges after it has, not what is retained', async () => {
    const taken: { readonly message: TrackerMessage; readonly acknowledge: Acknowledge }[] = [];
    const ingest: Ingest = {
      add: (message, acknowledge) => taken.push({ message, acknowledge }),
      connection: () => {},
      room: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
    const publisher = await connect();
    await publisher.publishAsync('trackers/x/status', '{"online":false}', { qos: 1, retain: true });
    const subscribed = new Promise((resolve) => aedes.once('subscribe', resolve));
    const consumer = await startConsumer({
      url,
      clientId: 'c',
      log: createLogger('test', 'fatal'),
      ingest,
      protocolVersion: 4,
    });
    await subscribed;
    await publisher.publishAsync('trackers/x/telemetry', '{}', { qos: 1 });
    const first = await eventually('the message', async () => taken[0]);
    expect(taken.map(({ message }) => message.topic)).toEqual(['trackers/x/telemetry']);
    const before = acknowledged.length;
    first.acknowledge();
    await eventually('the acknowledgement', async () => (acknowledged.length > before ? true : undefined));
    await consumer.stop();
  });
});
