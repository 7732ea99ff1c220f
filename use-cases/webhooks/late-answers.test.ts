import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { asc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findDelivery, findEndpoint } from '#db/queries/webhooks';
import { deliveries, outbox } from '#db/schema/index';
import { PATIENCE } from '#domain/webhooks/backoff';
import { createLogger } from '#platform/log';
import { AT_ONCE, createWebhookSender, NotNow } from '#providers/webhooks/sender';
import { startTestServer, type TestServer } from '#providers/test-server';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { config, deps } from '#test/late-money';
import { countWakes } from '#test/woken';
import { deliveryWorkflowId } from '#workflows/webhooks/messages';
import { transact, type Context } from '../context.ts';
import { createEndpoint } from './create-endpoint.ts';
import { eventsForEndpoints } from './events-for-endpoints.ts';
import { createFirstTries } from './first-tries.ts';
import { queueDeliveries } from './queue-deliveries.ts';
import { rotateKeys } from './rotate-keys.ts';
import { noteTry, tryDelivery } from './try-delivery.ts';
import { updateEndpoint } from './update-endpoint.ts';
import { wakeNext } from './wake-next.ts';

/** What happens to an endpoint between a request and its answer, and what an answer is no longer about. */
let database: TestDatabase;
let server: TestServer;
beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
});
afterAll(async () => {
  await Promise.all([database.close(), server.close(), sender.close()]);
});

const sender = createWebhookSender({ allowPrivate: true });
let meanwhile = async () => {};
beforeEach(() => {
  meanwhile = async () => {};
  server.reply = () => ({ status: 200 });
});
const sending = () => ({
  ...deps,
  db: database.db,
  config,
  temporal: new Client({ connection: Connection.lazy({ address: config.TEMPORAL_ADDRESS }) }),
  sender: {
    ...sender,
    async send(...request: Parameters<typeof sender.send>) {
      const sent = await sender.send(...request);
      await meanwhile();
      return sent;
    },
  },
});
const admin = { role: 'admin', id: randomUUID() } as const;
const act = <T>(work: (context: Context) => Promise<T>) => transact(database.db, admin, new Date(), work);
const change = (id: string, to: Parameters<typeof updateEndpoint>[2]) =>
  act((context) => updateEndpoint(context, id, to));
const elsewhere = () => `${server.url}/${randomUUID()}`;
const attempt = (id: string, at = new Date()) => tryDelivery(sending(), id, at);

/** An endpoint that has taken its test, and a message for it. */
async function verified() {
  const { endpoint, secret, testId } = await act((context) => createEndpoint(context, deps, { url: elsewhere() }));
  expect(await attempt(testId)).toMatchObject({ state: 'delivered' });
  return { id: endpoint.id, secret };
}
async function queue(endpointId: string, more: Partial<Parameters<typeof queueDeliveries>[1][number]> = {}) {
  const message = { type: 'user.erased', subject: randomUUID(), sequence: 1, body: '{}' } as const;
  const row = { id: uuidv7(), endpointId, eventId: randomUUID(), ...message, ...more };
  const [id] = await queueDeliveries(database.db, [row], new Date());
  return id ?? '';
}

it('what waits behind a delivery is sent in its order, without a workflow for each, as long as it is taken', async () => {
  const { id } = await verified();
  const subject = randomUUID();
  const all: string[] = [];
  for (let sequence = 1; sequence <= 5; sequence += 1) all.push(await queue(id, { subject, sequence }));
  const [first = '', , , fourth = ''] = all;
  expect(await attempt(first)).toMatchObject({ state: 'delivered' });
  let asked = 0;
  server.reply = () => ({ status: (asked += 1) === 3 ? 500 : 200 });
  const { temporal, woken } = countWakes();
  await wakeNext({ ...sending(), temporal }, first, false);
  const rows = await database.db
    .select()
    .from(deliveries)
    .where(eq(deliveries.subject, subject))
    .orderBy(asc(deliveries.number));
  expect(rows.map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered', 'pending', 'pending']);
  expect(woken).toEqual([deliveryWorkflowId(fourth)]);
});

it.each([200, 410, 500])('a %i of the address before verifies or disables no other', async (status) => {
  const { id } = await verified();
  const delivery = await queue(id);
  server.reply = () => ({ status });
  meanwhile = async () => void (await change(id, { url: elsewhere() }));
  expect(await attempt(delivery)).toMatchObject({ state: status === 200 ? 'delivered' : 'later' });
  const now = { status: 'active', verifiedAt: null, failingSince: null };
  expect(await findEndpoint(database.db, id)).toMatchObject(now);
  meanwhile = async () => {};
  // It goes nowhere before the new address has taken the test.
  expect((await attempt(delivery)).state).toBe(status === 200 ? 'delivered' : 'waits');
});

it.each([
  ['its keys change', (id: string) => act((context) => rotateKeys(context, deps, id))],
  ['it is described', (id: string) => change(id, { description: 'ours' })],
])('an endpoint whose test is under way while %s is verified by it', async (_, doAnything) => {
  const { endpoint, testId } = await act((context) => createEndpoint(context, deps, { url: elsewhere() }));
  meanwhile = async () => void (await doAnything(endpoint.id));
  await attempt(testId);
  expect((await findEndpoint(database.db, endpoint.id))?.verifiedAt).not.toBeNull();
});

it.each([
  ['was disabled by its answer', 410],
  ['has taken its test', 200],
])('who read an endpoint before it %s does not write over that', async (_what, status) => {
  const { endpoint, testId } = await act((context) => createEndpoint(context, deps, { url: elsewhere() }));
  server.reply = () => ({ status });
  await attempt(testId);
  const late = act((context) => updateEndpoint(context, endpoint.id, { status: 'active' }, [endpoint.version]));
  await expect(late).rejects.toMatchObject({ code: 'precondition_failed' });
});

it('an address that only failed keeps nothing from the next one', async () => {
  const { id } = await verified();
  server.reply = () => ({ status: 503 });
  for (let n = 0; n < 11; n += 1) await attempt(await queue(id));
  const asked = server.asked.length;
  const { testId } = await change(id, { url: elsewhere() });
  server.reply = () => ({ status: 200 });
  expect(await attempt(testId ?? '')).toMatchObject({ state: 'delivered' });
  expect(server.asked.length).toBe(asked + 1);
});

it('what is queued a moment after an endpoint was disabled is dead, and not sent', async () => {
  const { id } = await verified();
  await change(id, { status: 'disabled' });
  const delivery = await queue(id);
  expect(await findDelivery(database.db, delivery)).toMatchObject({ status: 'dead', deadFor: 'endpoint_disabled' });
  const asked = server.asked.length;
  expect(await attempt(delivery)).toEqual({ state: 'dead' });
  expect(server.asked.length).toBe(asked);
});

it('of many that are tried at once none is sent any more once the endpoint is disabled', async () => {
  const { id } = await verified();
  const endpoint = await findEndpoint(database.db, id);
  if (endpoint === undefined) throw new Error('no endpoint');
  const fresh = [];
  for (let n = 0; n < AT_ONCE + 4; n += 1) {
    const delivery = await findDelivery(database.db, await queue(id));
    if (delivery !== undefined) fresh.push([{ ...delivery, endpoint }]);
  }
  const asked = server.asked.length;
  meanwhile = async () => {
    await change(id, { status: 'disabled' });
    await sleep(25);
  };
  await createFirstTries({ ...sending(), log: createLogger('test', 'silent') })(fresh).done;
  expect(server.asked.length - asked).toBe(AT_ONCE);
  const states = await Promise.all(fresh.map(([one]) => findDelivery(database.db, one?.id ?? '')));
  expect(states.filter((one) => one?.status === 'dead')).toHaveLength(4);
});

it.each([
  ['all of a subject are sent one after the other, as long as they are taken', [200, 200, 200], 3],
  ['what is behind one that is not taken waits for it', [200, 500, 200], 2],
])('%s', async (_, answers, expected) => {
  const { id } = await verified();
  const endpoint = await findEndpoint(database.db, id);
  if (endpoint === undefined) throw new Error('no endpoint');
  const subject = randomUUID();
  const chain = [];
  for (const sequence of [1, 2, 3]) {
    const body = JSON.stringify({ sequence });
    const delivery = await findDelivery(database.db, await queue(id, { subject, sequence, body }));
    if (delivery !== undefined) chain.push({ ...delivery, endpoint });
  }
  const asked = server.asked.length;
  server.reply = () => ({ status: answers[server.asked.length - asked - 1] ?? 200 });
  await createFirstTries({ ...sending(), log: createLogger('test', 'silent') })([chain]).done;
  expect(server.asked.slice(asked).map(({ body }) => body)).toEqual(chain.slice(0, expected).map(({ body }) => body));
  const states = await Promise.all(chain.map((one) => findDelivery(database.db, one.id)));
  expect(states.map((one) => one?.status)).toEqual(
    answers.map((answer, i) => (i < expected && answer === 200 ? 'delivered' : 'pending')),
  );
});

it('what is queued together stands in the order of its list', async () => {
  const { id } = await verified();
  const subject = randomUUID();
  const rows = Array.from(
    { length: 50 },
    (__, i) =>
      ({
        id: uuidv7(),
        endpointId: id,
        eventId: randomUUID(),
        type: 'user.erased',
        subject,
        sequence: 50 - i,
        body: '{}',
      }) as const,
  );
  await queueDeliveries(database.db, rows, new Date());
  const kept = await database.db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(eq(deliveries.subject, subject))
    .orderBy(asc(deliveries.number));
  expect(kept.map((one) => one.id)).toEqual(rows.map((one) => one.id));
});

it('a delivery dies when its days are over, also where so much is under way that it is not sent', async () => {
  const { id } = await verified();
  const delivery = await queue(id);
  meanwhile = () => Promise.reject(new NotNow('failing', 15_000));
  expect(await attempt(delivery)).toMatchObject({ state: 'later' });
  const { nextAt } = (await findDelivery(database.db, delivery)) ?? {};
  expect(nextAt?.getTime()).toBeGreaterThan(Date.now() + 10_000);
  expect(await attempt(delivery, new Date(Date.now() + PATIENCE + 1_000))).toEqual({ state: 'dead' });
  expect(await findDelivery(database.db, delivery)).toMatchObject({ status: 'dead', deadFor: 'not_taken' });
});

it('while its endpoint only fails a delivery is looked at ever more rarely, until its days are over', async () => {
  const { id } = await verified();
  const delivery = await queue(id);
  meanwhile = () => Promise.reject(new NotNow('failing', 15_000));
  let looks = 0;
  for (let now = Date.now(); looks < 100; looks += 1) {
    const tried = await attempt(delivery, new Date(now));
    if (tried.state !== 'later') break;
    now += tried.afterMs;
  }
  expect(looks).toBeLessThan(20);
  expect(await findDelivery(database.db, delivery)).toMatchObject({ status: 'dead', deadFor: 'not_taken' });
});

it('whoever wakes a delivery gives its receiver the time that it asked for, until the endpoint is back', async () => {
  const { id } = await verified();
  const [delivery, other] = [await queue(id), await queue(id)];
  const to = await findEndpoint(database.db, id);
  if (to === undefined) throw new Error('no endpoint');
  const sent = { status: 429, answer: '', error: null, milliseconds: 1, retryAfterMs: 3_600_000 };
  await noteTry(sending(), delivery, { sent, to }, new Date());
  const asked = server.asked.length;
  const early = await attempt(delivery, new Date(Date.now() + 60_000));
  expect(early).toMatchObject({ state: 'later' });
  expect(early.state === 'later' && early.afterMs).toBeGreaterThan(3_500_000);
  expect(server.asked.length).toBe(asked);
  // Another tells that it is back.
  const at = new Date(Date.now() + 120_000);
  expect(await attempt(other, at)).toEqual({ state: 'delivered', isBack: true });
  expect(await attempt(delivery, at)).toMatchObject({ state: 'delivered' });
});

it('keys that are rotated twice within a day sign for the whole of it, those between as well', async () => {
  const { id, secret } = await verified();
  const rotated = [];
  for (const _ of [1, 2]) rotated.push((await act((context) => rotateKeys(context, deps, id))).secret);
  await attempt(await queue(id));
  const last = server.asked.at(-1);
  if (last === undefined) throw new Error('nothing was sent');
  const { headers, body } = last;
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  for (const one of [secret, ...rotated]) {
    const key = Buffer.from(one.replace('whsec_', ''), 'base64');
    const signature = `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
    expect(String(headers['webhook-signature']).split(' ')).toContain(signature);
  }
  for (let n = 2; n < 10; n += 1) await act((context) => rotateKeys(context, deps, id));
  await expect(act((context) => rotateKeys(context, deps, id))).rejects.toMatchObject({ code: 'invalid_state' });
});

it('what was read before a customer was erased, and queued behind it, is sent without what people typed', async () => {
  const { id: endpointId } = await verified();
  const [subject, eventId] = [randomUUID(), randomUUID()];
  const event = { id: eventId, type: 'kyc.rejected', subject, time: new Date() } as const;
  await database.db.insert(outbox).values({ ...event, data: { reason: 'erased' } });
  const body = JSON.stringify({ id: eventId, data: { userId: subject, reason: 'his wife Zuhura says so' } });
  const id = await queue(endpointId, { eventId, type: 'kyc.rejected', subject, body });
  const reader = eventsForEndpoints({ ...sending(), log: createLogger('test', 'silent') });
  const erased = { type: 'user.erased', subject, leaseId: null, position: 0, sequence: 2 } as const;
  await reader.take({ ...erased, id: randomUUID(), time: new Date(), data: { userId: subject } });
  const sent = (await findDelivery(database.db, id))?.body ?? '';
  expect(JSON.parse(sent)).toEqual({ id: eventId, data: { userId: subject, reason: 'erased' } });
});
