import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import mqtt, { type MqttClient } from 'mqtt';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { revokeTracker, rotateCredential } from '#use-cases/telematics/tracker-credentials';
import { positions, riskEvents } from '#db/schema/index';
import { eventually } from '#dev/client';
import { system } from '#domain/identity/roles';
import { mayPublish, maySubscribe, type MqttUser } from '#domain/telematics/topics';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { phone } from '#providers/trackers/recorded/owntracks';
import { unit } from '#providers/trackers/recorded/teltonika';
import { bridge } from '#providers/trackers/recorded/traccar';
import { MOSQUITTO_PLATFORM_PASSWORD, startMosquitto, type Mosquitto } from '#test/mosquitto';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';
import { startConsumer } from '../consumer.ts';
import { createIngest } from '../ingest.ts';
import { TrackerRegistry } from '../registry.ts';
import { Watches } from '../watches.ts';
import { Control } from './control.ts';

let mosquitto: Mosquitto;
let world: TelematicsWorld;
beforeAll(async () => {
  mosquitto = await startMosquitto();
  // Without the account: the platform's own.
  const MQTT_URL = `mqtt://127.0.0.1:${mosquitto.port}`;
  world = await createTelematicsWorld({ MQTT_URL, MQTT_PLATFORM_PASSWORD: MOSQUITTO_PLATFORM_PASSWORD });
});
afterAll(async () => {
  await world.close();
  await mosquitto.stop();
});

const place = { lat: 0.3476, lon: 32.5825 };
const stored = (trackerId: string) => world.database.db.$count(positions, eq(positions.trackerId, trackerId));

/** Connects as soon as Mosquitto knows the account. */
const enter = (username: string, password: string, options: mqtt.IClientOptions = {}) =>
  eventually(`Mosquitto to let ${username} in`, async () => {
    try {
      return await world.connect(username, password, { protocolVersion: 5, ...options });
    } catch {
      return undefined;
    }
  });
const shutOut = (username: string, password: string) =>
  eventually(`Mosquitto to refuse ${username}`, async () => {
    try {
      await (await world.connect(username, password)).endAsync(true);
      return undefined;
    } catch {
      return true;
    }
  });
const storedFrom = async (trackerId: string, first: number) => {
  const rows = await world.database.db.select().from(positions).where(eq(positions.trackerId, trackerId));
  return rows.filter(({ sequence }) => Number(sequence) >= first).length;
};
const gone = (client: MqttClient) =>
  eventually('the connection to end', async () => (client.connected ? undefined : true));
const change = <T>(work: Parameters<typeof transact<T>>[3]) =>
  transact(world.database.db, system('test'), new Date(), work);

describe('accounts', () => {
  it('nobody anonymous, nobody unknown, nobody with a wrong password', async () => {
    const { username, password } = await world.newTracker();
    await enter(username, password);
    await expect(mqtt.connectAsync(world.url, { reconnectPeriod: 0 })).rejects.toThrow(/authorized/i);
    await expect(world.connect(username, 'wrong')).rejects.toThrow(/authorized/i);
    await expect(world.connect(randomUUID(), password)).rejects.toThrow(/authorized/i);
  });

  it('a new password ends the old one and its connections, and so does taking the tracker out of use', async () => {
    const { id, username, password } = await world.newTracker();
    const first = await enter(username, password);
    const encryption = createEncryption(world.config.ENCRYPTION_KEYS);
    const rotated = await change((context) => rotateCredential(context, { encryption }, id));
    await gone(first);
    await shutOut(username, password);
    const second = await enter(username, rotated.password);
    await change((context) => revokeTracker(context, id));
    await gone(second);
    await shutOut(username, rotated.password);
  });

  it('what changed while the process was away is made good when it starts', async () => {
    const [kept, revoked] = [await world.newTracker(), await world.newTracker()];
    const client = await enter(kept.username, kept.password);
    await enter(revoked.username, revoked.password);
    await world.telematics.stop();
    await change((context) => revokeTracker(context, revoked.id));
    const made = await world.newTracker();
    await world.restart();
    await enter(made.username, made.password);
    await shutOut(revoked.username, revoked.password);
    expect(client.connected, 'those who have not changed stay connected').toBe(true);
  });

  it('outlive a restart of Mosquitto', async () => {
    const { id, username, password, topics } = await world.newTracker();
    await (await enter(username, password)).endAsync();
    await mosquitto.restart();
    const client = await enter(username, password);
    await client.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq: 1, ...place }), { qos: 1 });
    await eventually('the position', async () => ((await stored(id)) === 1 ? true : undefined));
  });
});

describe('who may write and read what', () => {
  const staff = 'ann@example.com';
  const grid = async () => {
    const control = await administrator();
    const [one, other] = [await world.newTracker(), await world.newTracker()];
    await control.run([
      { command: 'deleteClient', username: staff },
      { command: 'createClient', username: staff, password: 'staff', roles: [{ rolename: 'staff', priority: 0 }] },
    ]);
    await control.stop();
    const users: [MqttUser, string, string][] = [
      [{ kind: 'tracker', id: one.id }, one.username, one.password],
      [{ kind: 'staff', id: staff }, staff, 'staff'],
      [{ kind: 'bridge' }, 'traccar', 'bridge'],
      [{ kind: 'platform' }, 'platform', MOSQUITTO_PLATFORM_PASSWORD],
    ];
    const topics = [one.id, other.id].flatMap((id) => [
      `trackers/${id}/telemetry`,
      `trackers/${id}/status`,
      `trackers/${id}/commands`,
      `trackers/${id}/commands/ack`,
      `trackers/${id}/other`,
      `owntracks/${id}/phone`,
      `owntracks/${id}/phone/event`,
      `owntracks/${id}/phone/cmd`,
      `teltonika/${id}/data`,
      `teltonika/${id}/commands`,
    ]);
    return { users, topics: [...topics, 'events/lease.completed', 'traccar/positions', 'traccar/other', 'other'] };
  };

  it('writing is as the domain says', async () => {
    const { users, topics } = await grid();
    for (const [user, username, password] of users) {
      const client = await enter(username, password);
      for (const topic of topics) {
        const allowed = await client.publishAsync(topic, '{}', { qos: 1 }).then(
          () => true,
          () => false,
        );
        expect({ user: user.kind, topic, allowed }).toEqual({
          user: user.kind,
          topic,
          allowed: mayPublish(user, topic, false),
        });
      }
    }
  });

  it('reading is as the domain says, whatever is subscribed; the platform hears everything', async () => {
    const { users, topics } = await grid();
    const writable = topics.filter((topic) => users.some(([user]) => mayPublish(user, topic, false)));
    const readers = await Promise.all(
      users.map(async ([user, username, password]) => {
        const heard = new Set<string>();
        const client = await enter(username, password);
        client.on('message', (topic) => heard.add(topic));
        await client.subscribeAsync(['#', '+/+/commands', '$SYS/broker/version', '$share/x/#'], { qos: 1 });
        return { user, heard };
      }),
    );
    for (const [user, username, password] of users) {
      const client = await enter(username, password);
      for (const topic of writable)
        if (mayPublish(user, topic, false)) await client.publishAsync(topic, '{}', { qos: 1 });
    }
    const platform = readers.at(-1);
    await eventually('the platform to hear everything', async () =>
      writable.every((topic) => platform?.heard.has(topic)) ? true : undefined,
    );
    for (const { user, heard } of readers.slice(0, -1)) {
      const may = writable.filter((topic) => maySubscribe(user, topic));
      await eventually(`the ${user.kind} to hear its topics`, async () =>
        may.every((topic) => heard.has(topic)) ? true : undefined,
      );
      expect([user.kind, [...heard].sort()]).toEqual([user.kind, may.sort()]);
    }
  });
});

async function administrator(): Promise<Control> {
  return new Promise((resolve, reject) => {
    const control: Control = new Control(mosquitto.url, () => resolve(control), reject);
  });
}

describe('what trackers say', () => {
  it('is stored, and a last will means that the tracker is lost', async () => {
    const { id, username, password, topics } = await world.newTracker();
    const will = { topic: topics.status, payload: Buffer.from('{"online":false}'), qos: 1, retain: true } as const;
    const client = await enter(username, password, { will });
    await client.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq: 1, ...place }), { qos: 1 });
    await eventually('the position', async () => ((await stored(id)) === 1 ? true : undefined));
    client.stream.destroy();
    const lost = await eventually('the tracker to be lost', async () => {
      const [found] = await world.database.db.select().from(riskEvents).where(eq(riskEvents.trackerId, id));
      return found;
    });
    expect(lost).toMatchObject({ type: 'offline', details: { cause: 'last_will' } });
  });

  it('a last will is believed only when no other connection of the tracker stands', async () => {
    const { id, username, password, topics } = await world.newTracker();
    const will = { topic: topics.status, payload: Buffer.from('{"online":false}'), qos: 1, retain: true } as const;
    const boot = (name: string) => enter(username, password, { will, clientId: `${name} of ${id}` });
    const risks = () => world.database.db.select().from(riskEvents).where(eq(riskEvents.trackerId, id));
    const first = await boot('boot-1');
    await first.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq: 1, ...place }), { qos: 1 });
    await boot('boot-2');
    first.stream.destroy();
    await sleep(1_000);
    const third = await boot('boot-2');
    await sleep(1_000);
    expect(await risks()).toEqual([]);
    third.stream.destroy();
    await eventually('the tracker to be lost', async () => ((await risks()).length === 1 ? true : undefined));
    expect(await risks()).toMatchObject([{ type: 'offline', details: { cause: 'last_will' } }]);
  });

  it('is taken from clients of MQTT 3.1.1 and of MQTT 5', async () => {
    const { id, username, password, topics } = await world.newTracker();
    for (const protocolVersion of [4, 5] as const) {
      const client = await enter(username, password, { protocolVersion });
      await client.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq: protocolVersion, ...place }), {
        qos: 1,
      });
    }
    await eventually('both positions', async () => ((await stored(id)) === 2 ? true : undefined));
  });

  it('is taken in every dialect', async () => {
    const ts = Date.now() - 5_000;
    const { state } = unit.driving;
    const [first, second, third] = [
      await world.newTracker({ kind: 'owntracks' }),
      await world.newTracker({ kind: 'teltonika' }),
      await world.newTracker({ kind: 'traccar' }),
    ];
    const says = [
      [first, `owntracks/${first.id}/phone`, { ...phone.android, tst: Math.floor(ts / 1_000) }],
      [second, `teltonika/${second.id}/data`, { state: { reported: { ...state.reported, ts } } }],
    ] as const;
    for (const [{ username, password }, topic, value] of says)
      await (await enter(username, password)).publishAsync(topic, JSON.stringify(value), { qos: 1, retain: true });
    const at = new Date(ts).toISOString();
    const { position } = bridge.driving;
    const forwarded = { position: { ...position, fixTime: at, deviceTime: at }, device: { uniqueId: third.id } };
    const traccar = await enter('traccar', 'bridge');
    await traccar.publishAsync('traccar/positions', JSON.stringify(forwarded), { qos: 1 });
    for (const { id } of [first, second, third])
      await eventually('the position', async () => ((await stored(id)) === 1 ? true : undefined));
  });

  it('one that leaves without a last will is lost too', async () => {
    const { id, username, password, topics } = await world.newTracker();
    const client = await enter(username, password);
    await client.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq: 1, ...place }), { qos: 1 });
    client.stream.destroy();
    const lost = await eventually('the tracker to be lost', async () => {
      const [found] = await world.database.db.select().from(riskEvents).where(eq(riskEvents.trackerId, id));
      return found;
    });
    expect(lost).toMatchObject({ type: 'offline', details: { cause: 'connection_lost' } });
  });

  it('too large a message is refused by Mosquitto too', async () => {
    const { username, password, topics } = await world.newTracker();
    const client = await enter(username, password, { protocolVersion: 4 });
    client.publish(topics.telemetry, 'x'.repeat(300_000), { qos: 1 }, () => {});
    await gone(client);
  });

  it.each([4, 5] as const)('is stored over MQTT %s, kept while the consumer is away', async (protocolVersion) => {
    await world.telematics.stop();
    const { sql } = world.database;
    const log = createLogger('test', 'fatal');
    const clientId = `consumer-${protocolVersion}`;
    const consume = async () => {
      const ingest = createIngest({ sql, log, registry: new TrackerRegistry(sql), watches: new Watches(sql) });
      const consumer = await startConsumer({ url: mosquitto.url, clientId, log, ingest, protocolVersion });
      return async () => {
        consumer.close();
        await ingest.stop();
        await consumer.stop();
      };
    };
    await world.restart();
    const { id, username, password, topics } = await world.newTracker();
    const client = await enter(username, password);
    await world.telematics.stop();
    const say = (seq: number) =>
      client.publishAsync(topics.telemetry, JSON.stringify({ ts: Date.now(), seq, ...place }), { qos: 1 });
    const stop = await consume();
    // Its first session begins when it has subscribed.
    await eventually('the first position', async () => {
      await say(0);
      return (await stored(id)) === 0 ? undefined : true;
    });
    await stop();
    await Promise.all(Array.from({ length: 50 }, (_, seq) => say(1_000 + seq)));
    expect(await storedFrom(id, 1_000)).toBe(0);
    const stopAgain = await consume();
    await eventually('what came meanwhile', async () => ((await storedFrom(id, 1_000)) === 50 ? true : undefined));
    await stopAgain();
    await world.restart();
  });
});
