import { randomUUID } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outbox, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import { brokerUrl } from '#platform/broker-url';
import { createLogger } from '#platform/log';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';
import { startRelay } from './relay.ts';

let world: TelematicsWorld;
beforeAll(async () => {
  world = await createTelematicsWorld();
  await world.database.db
    .insert(users)
    .values({ id: randomUUID(), role: 'admin', name: 'Admin', email: 'admin@example.com', passwordHash: null });
});
afterAll(() => world.close());

let relays: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  relays = [];
});

async function start(): Promise<void> {
  const { config, database, url } = world;
  const broker = brokerUrl(url, config.MQTT_PLATFORM_PASSWORD);
  relays.push(await startRelay({ database, broker, log: createLogger('test', 'fatal') }));
}

/** Events of each subject in the order of `numbers`. */
async function write(subjects: readonly string[], numbers: readonly number[]): Promise<void> {
  const rows = numbers.flatMap((number) =>
    subjects.map((subject) => {
      const type = number % 2 === 0 ? ('lease.paused' as const) : ('lease.offered' as const);
      return { id: randomUUID(), type, subject, time: new Date(), data: { number } };
    }),
  );
  await world.database.db.insert(outbox).values(rows);
}

const heard = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  sequence: z.number(),
  data: z.object({ number: z.number() }),
});

async function listen(): Promise<{ readonly events: z.infer<typeof heard>[]; readonly client: MqttClient }> {
  const events: z.infer<typeof heard>[] = [];
  const client = await world.connect('platform', world.config.MQTT_PLATFORM_PASSWORD, { reconnectPeriod: 50 });
  client.on('message', (topic, payload) => {
    const event = heard.parse(JSON.parse(payload.toString()));
    expect(topic).toBe(`events/${event.type}`);
    events.push(event);
  });
  await client.subscribeAsync('events/#', { qos: 1 });
  return { events, client };
}

const allPublished = () =>
  eventually('all events to be published', async () => {
    const left = await world.database.sql`
      select from events.outbox o join events.readers r on r.name = 'relay' and r.subject is null
      where o.position is null or o.position > r.position`;
    const lagging = await world.database.sql`select from events.readers where subject is not null`;
    return left.count + lagging.count === 0 ? true : undefined;
  });

/** The numbers of a subject in the order they were heard first. */
const order = (events: readonly z.infer<typeof heard>[], subject: string) => [
  ...new Set(events.filter((event) => event.subject === subject).map(({ data }) => data.number)),
];
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the relay', () => {
  it('publishes events in the order of their subject, once where nothing breaks, also with another one standing by', async () => {
    const { events, client } = await listen();
    await Promise.all([start(), start()]);
    const subjects = [randomUUID(), randomUUID(), randomUUID()];
    await write(subjects, upTo(50));
    await allPublished();
    await eventually('all to be heard', async () => (events.length >= 150 ? true : undefined));
    for (const subject of subjects) {
      expect(order(events, subject)).toEqual(upTo(50));
      const told = events.filter((event) => event.subject === subject);
      expect(told.map(({ sequence }) => sequence)).toEqual(upTo(51).slice(1));
    }
    expect(events).toHaveLength(150);
    await client.endAsync();
  });

  it('goes on where it was when the broker comes back, losing nothing', async () => {
    await start();
    const subjects = Array.from({ length: 20 }, () => randomUUID());
    const first = await listen();
    await write(subjects, upTo(20));
    await world.restart();
    const second = await listen();
    await write(subjects, upTo(25).slice(20));
    await allPublished();
    const all = () => [...first.events, ...second.events];
    await eventually('the last to be heard', async () =>
      subjects.every((subject) => order(all(), subject).includes(24)) ? true : undefined,
    );
    for (const subject of subjects) {
      const seen = order(second.events, subject);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    }
    await Promise.all([first.client.endAsync(true), second.client.endAsync(true)]);
  });
});
