import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outbox } from '#db/schema/index';
import { eventually } from '#dev/client';
import { brokerUrl } from '#platform/broker-url';
import { createLogger } from '#platform/log';
import { startRelay } from '#workers/events/relay';
import { cast, leaseIn, newCustomer, type Cast } from './people.ts';
import { startTestPlatform, type TestPlatform } from './platform.ts';
import { refuseWrites } from './refusing.ts';
import { createTelematicsWorld, type TelematicsWorld } from './telematics-world.ts';

/** Everything that can fail does, with values that must not be seen; then: what was logged, and what does Temporal keep? */
const MARKER = 'Zuhura-Wanjiru';
const PLACE = '1.2345678';

const lines: string[] = [];
const log = createLogger(
  'test',
  'trace',
  new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) }),
);
let platform: TestPlatform;
let staff: Cast;
let world: TelematicsWorld;
beforeAll(async () => {
  platform = await startTestPlatform({}, log);
  staff = await cast(platform);
  world = await createTelematicsWorld({}, undefined, log);
});
afterAll(async () => {
  await platform.close();
  await world.close();
});

/** What was logged while `work` went on, of which some must have told of a failure. */
async function logged(work: () => Promise<unknown>, told: string): Promise<string> {
  lines.length = 0;
  await work();
  return eventually(`a line with ${told}`, () => {
    const text = lines.join('');
    return Promise.resolve(text.includes(told) ? text : undefined);
  });
}

it('an activity that fails says neither its parameters nor the words of the database', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('reserved', customer, staff);
  const where = `new.id = '${id}' and new.signed_name is not null`;
  const refusing = await refuseWrites(platform.database, 'leases.leases', { state: '22001', where });
  const handle = platform.temporal.workflow.getHandle(`lease-${id}`);
  const actor = { id: customer.id, role: 'customer' };
  const kept: string[] = [];
  const text = await logged(async () => {
    const signing = handle.executeUpdate('sign', { args: [{ actor, name: MARKER }], updateId: 'marked' });
    const refused: unknown = await signing.catch((error: unknown) => error);
    for (let cause = refused; cause instanceof Error; cause = cause.cause)
      kept.push(cause.message, cause.stack ?? '', JSON.stringify(cause));
    await customer.client.post('/v1/leases/{id}/sign', { path: { id }, body: { name: MARKER } }).catch(() => {});
  }, 'Activity failed');
  await refusing.mend();
  expect(text).toContain('22001');
  expect(text).not.toMatch(/Zuhura|the row says/);
  expect(kept.join('\n')).toContain('22001');
  expect(kept.join('\n')).not.toMatch(/Zuhura|the row says/);
});

it('a route that fails says no value of its body', async () => {
  const { client } = await newCustomer(platform, { verified: false });
  const refusing = await refuseWrites(platform.database, 'identity.users', {
    state: '23514',
    on: 'update',
    where: `new.name = '${MARKER}'`,
  });
  const text = await logged(
    () => client.patch('/v1/me', { body: { name: MARKER } }).catch(() => {}),
    'a request failed',
  );
  await refusing.mend();
  expect(text).toContain('23514');
  expect(text).not.toMatch(/Zuhura|the row says/);
});

it('a relay that fails says nothing of the events', async () => {
  const refusing = await refuseWrites(world.database, 'events.outbox', { state: '22001', on: 'update' });
  const broker = brokerUrl(world.url, world.config.MQTT_PLATFORM_PASSWORD);
  const relay = await startRelay({ database: world.database, broker, log });
  const text = await logged(
    () =>
      world.database.db.insert(outbox).values({
        id: randomUUID(),
        type: 'lease.paused',
        subject: randomUUID(),
        time: new Date(),
        data: { name: MARKER },
      }),
    'events wait',
  );
  await relay.stop();
  await refusing.mend();
  expect(text).toContain('22001');
  expect(text).not.toMatch(/Zuhura|the row says/);
});

it.each([
  ['22001', 'the database refuses a message'],
  ['40001', 'a batch of messages is not stored yet'],
])('telematics that fail say nothing of the messages (%s)', async (state, told) => {
  const { id, password, topics } = await world.newTracker();
  const client = await world.connect(id, password);
  const refusing = await refuseWrites(world.database, 'telematics.positions', { state });
  const fix = { ts: Date.now(), lat: Number(PLACE), lon: 32.5, speedKph: 10 };
  let mended = Promise.resolve();
  const text = await logged(async () => {
    const sent = client.publishAsync(topics.telemetry, JSON.stringify(fix), { qos: 1 });
    mended = sent.then(() => {});
    if (state === '22001') await sent;
  }, told);
  await refusing.mend();
  await mended;
  expect(text).toContain(state);
  expect(text).not.toMatch(new RegExp(`${PLACE.replace('.', '\\.')}|the row says`));
});

it('an error of ours that quotes what it did not like says where it was, not what', () => {
  lines.length = 0;
  for (const quoting of [() => JSON.parse(`{"name": ${MARKER}}`) as unknown, () => BigInt(MARKER)]) {
    try {
      quoting();
    } catch (error) {
      log.warn({ err: new Error('it could not be read', { cause: error }) }, 'unreadable');
    }
  }
  expect(lines).toHaveLength(2);
  expect(lines.join('')).toMatch(/SyntaxError at .*logs\.test/);
  expect(lines.join('')).not.toContain('Zuhura');
});
