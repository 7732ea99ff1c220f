import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import mqtt, { type MqttClient } from 'mqtt';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { hashPassword } from '#use-cases/identity/password';
import { revokeTracker, rotateCredential } from '#use-cases/telematics/tracker-credentials';
import { audit, positions, sessions, users } from '#db/schema/index';
import { eventually } from '#dev/client';
import { system } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createTokenIssuer } from '#platform/tokens';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let world: TelematicsWorld;
const people = { agent: uuidv7(), customer: uuidv7() };

beforeAll(async () => {
  world = await createTelematicsWorld();
  const passwordHash = await hashPassword('rent-to-own');
  await world.database.db.insert(users).values([
    { id: people.agent, role: 'agent', name: 'Agent', email: 'agent@example.com', passwordHash },
    { id: people.customer, role: 'customer', name: 'Customer', email: 'customer@example.com', passwordHash },
  ]);
});
afterAll(() => world.close());

async function token(userId: string, role: 'agent' | 'customer', revoked = false): Promise<string> {
  const sessionId = uuidv7();
  const expiresAt = new Date(Date.now() + 3_600_000);
  await world.database.db
    .insert(sessions)
    .values({ id: sessionId, userId, expiresAt, revokedAt: revoked ? new Date() : null });
  return createTokenIssuer(world.config).issue({ userId, role, sessionId });
}

const platform = () => world.connect('platform', world.config.MQTT_PLATFORM_PASSWORD);
const agent = () => world.connect('agent@example.com', 'rent-to-own');
const refused = (client: MqttClient, topic: string) =>
  expect(client.subscribeAsync(topic, { qos: 1 })).rejects.toThrow();
const gone = (client: MqttClient) =>
  eventually('the connection to end', async () => (client.connected ? undefined : true));

/** Writing where one may not ends the connection. */
async function mayNotWrite(connect: () => Promise<MqttClient>, topic: string, retain = false): Promise<void> {
  const client = await connect();
  client.publish(topic, '{}', { qos: 1, retain }, () => {});
  await gone(client);
}

describe('who may connect', () => {
  it('tells a client of MQTT 5 that it has to speak 3.1.1', async () => {
    const { username, password } = await world.newTracker();
    const { hostname, port } = new URL(world.url);
    const client = mqtt.connect(`mqtt://${hostname}:${port}`, {
      username,
      password,
      protocolVersion: 5,
      reconnectPeriod: 0,
    });
    const error = await new Promise((resolve) => client.once('error', resolve));
    expect(error).toMatchObject({ code: 0x84, message: expect.stringMatching(/unsupported protocol version/i) });
    await gone(client);
    await world.connect(username, password, { protocolVersion: 4 });
  });

  it('lets trackers in by their password, staff by a token or, embedded, by their password, and the machines', async () => {
    const { username, password } = await world.newTracker();
    await world.connect(username, password);
    await world.connect('agent@example.com', await token(people.agent, 'agent'));
    await agent();
    await platform();
    await world.connect('traccar', 'bridge');
  });

  it('refuses everybody else', async () => {
    const { username } = await world.newTracker();
    const other = await world.newTracker();
    const wrong: [string, string][] = [
      [username, other.password],
      [username, ''],
      [randomUUID(), other.password],
      ['platform', 'rent-to-own'],
      ['traccar', 'rent-to-own'],
      ['agent@example.com', 'wrong'],
      ['customer@example.com', 'rent-to-own'],
      ['customer@example.com', await token(people.customer, 'customer')],
      ['admin@example.com', await token(people.agent, 'agent')],
      ['agent@example.com', await token(people.agent, 'agent', true)],
      [
        'agent@example.com',
        await createTokenIssuer({ JWT_KEYS: world.config.JWT_KEYS }).issue({
          userId: people.agent,
          role: 'agent',
          sessionId: uuidv7(),
        }),
      ],
    ];
    for (const [name, password] of wrong)
      await expect(world.connect(name, password), name).rejects.toThrow(/authorized/i);
    await expect(world.connect('', '')).rejects.toThrow();
  });

  it('nobody takes over a connection by its client id', async () => {
    const [one, two] = [await world.newTracker(), await world.newTracker()];
    const first = await world.connect(one.username, one.password, { clientId: one.id });
    await world.connect(two.username, two.password, { clientId: one.id });
    await first.publishAsync(one.topics.telemetry, JSON.stringify({ ts: Date.now(), lat: 0, lon: 32 }), { qos: 1 });
    expect(first.connected).toBe(true);
  });
});

describe('who may write and read what', () => {
  it('a tracker writes its own topics only, and not its commands', async () => {
    const { id, username, password } = await world.newTracker();
    const other = await world.newTracker();
    const connect = () => world.connect(username, password);
    for (const topic of [
      other.topics.telemetry,
      other.topics.status,
      `trackers/${id}/commands`,
      'events/lease.completed',
      'traccar/positions',
      `trackers/${id}/other`,
      `owntracks/${other.id}/phone`,
      `owntracks/${id}/phone/cmd`,
      `teltonika/${other.id}/data`,
      `teltonika/${id}/other`,
      'traccar/events',
    ]) {
      await mayNotWrite(connect, topic);
    }
    const { db } = world.database;
    expect(await db.select().from(positions).where(eq(positions.trackerId, other.id))).toEqual([]);
    // Once, however often it tries.
    const noted = await eventually('it to be on record', async () => {
      const rows = await db.select().from(audit).where(eq(audit.subject, id));
      return rows.length > 0 ? rows : undefined;
    });
    expect(noted).toMatchObject([{ type: 'tracker.topic_refused', detail: { topic: other.topics.telemetry } }]);
  });

  it('a tracker reads its own topics only', async () => {
    const { id, username, password, topics } = await world.newTracker();
    const other = await world.newTracker();
    const client = await world.connect(username, password);
    for (const filter of [
      '#',
      '+/+/commands',
      'trackers/#',
      'trackers/+/commands',
      other.topics.commands,
      'events/#',
      '$SYS/#',
      `$share/x/trackers/${id}/commands`,
    ])
      await refused(client, filter);
    await client.subscribeAsync(topics.commands, { qos: 1 });
    const heard = new Promise((resolve) =>
      client.once('message', (topic, payload) => resolve([topic, payload.toString()])),
    );
    await (await platform()).publishAsync(topics.commands, '{"id":"1"}', { qos: 1 });
    expect(await heard).toEqual([topics.commands, '{"id":"1"}']);
  });

  it('staff read events and trackers and write nothing', async () => {
    const { id } = await world.newTracker();
    const client = await agent();
    await client.subscribeAsync(['events/#', 'trackers/#'], { qos: 1 });
    for (const filter of ['#', '+/#', '$SYS/#', '$share/x/events/#', 'traccar/#']) await refused(client, filter);
    for (const topic of ['events/lease.completed', `trackers/${id}/commands`, `trackers/${id}/telemetry`])
      await mayNotWrite(agent, topic);
  });

  it('the platform writes events and commands, never retained', async () => {
    const { id, topics } = await world.newTracker();
    await (await platform()).publishAsync('events/lease.completed', '{}', { qos: 1 });
    await mayNotWrite(platform, topics.commands, true);
    await mayNotWrite(platform, 'events/lease.completed', true);
    await mayNotWrite(platform, `trackers/${id}/telemetry`);
  });
});

describe('a login that is not good any more', () => {
  it('ends when the tracker is revoked or gets a new password', async () => {
    const { db } = world.database;
    const encryption = createEncryption(world.config.ENCRYPTION_KEYS);
    const [one, two] = [await world.newTracker(), await world.newTracker()];
    const [first, second] = [
      await world.connect(one.username, one.password),
      await world.connect(two.username, two.password),
    ];
    await transact(db, system('test'), new Date(), (context) => revokeTracker(context, one.id));
    const fresh = await transact(db, system('test'), new Date(), (context) =>
      rotateCredential(context, { encryption }, two.id),
    );
    await Promise.all([gone(first), gone(second)]);
    await expect(world.connect(one.username, one.password)).rejects.toThrow(/authorized/i);
    await expect(world.connect(two.username, two.password)).rejects.toThrow(/authorized/i);
    await world.connect(fresh.username, fresh.password);
  });
});
