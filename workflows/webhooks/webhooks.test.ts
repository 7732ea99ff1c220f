import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outbox, quarantine } from '#db/schema/index';
import { eventually, MarketplaceClient } from '#dev/client';
import { fastForward } from '#platform/temporal/fast-forward';
import { dataConverter } from '#platform/temporal/connection';
import { startTestServer, type Asked, type Reply, type TestServer } from '#providers/test-server';
import { itReplays, recordingKeys, type History } from '#test/histories';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { refuseWrites } from '#test/refusing';
import { wakeDelivery } from '#steering/wake-delivery';
import { wakeOverdue } from '#use-cases/webhooks/wake';
import { deliveryWorkflowId } from './messages.ts';

let platform: TestPlatform;
let server: TestServer;
let admin: MarketplaceClient;
let agent: MarketplaceClient;
/** How each endpoint answers, by its path; `ok` where nothing is said. */
const replies = new Map<string, (asked: Asked) => Reply>();
beforeAll(async () => {
  platform = await startTestPlatform({
    ENCRYPTION_KEYS: recordingKeys,
    WEBHOOK_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'silent',
  });
  server = await startTestServer();
  server.reply = (asked) => replies.get(asked.path)?.(asked) ?? { status: 204 };
  const as = async (email: string) => {
    const login = { email, password: 'rent-to-own' };
    const { accessToken } = await new MarketplaceClient(platform.url).post('/v1/auth/login', { body: login });
    return new MarketplaceClient(platform.url, accessToken);
  };
  admin = await as('admin@example.com');
  agent = await as('agent@example.com');
});
afterAll(async () => {
  await platform.close();
  await server.close();
});

const eventBody = z.object({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  sequence: z.number().optional(),
  data: z.object({ reason: z.string() }).partial(),
});
interface Endpoint {
  readonly id: string;
  /** Events that were made for it: what others make it hears as well. */
  readonly own: Set<string>;
  readonly path: string;
  readonly secret: string;
  readonly asked: () => Asked[];
  /** What it was sent but the test, as `reason` says what it is. */
  readonly notes: () => string[];
}

/** A new endpoint that has taken the test. */
async function endpoint(reply?: (asked: Asked) => Reply): Promise<Endpoint> {
  const path = `/${randomUUID()}`;
  const { id, secret } = await admin.post('/v1/webhooks', {
    body: { url: `${server.url}${path}` },
  });
  await eventually('the test to be taken', async () => {
    const { verifiedAt } = await admin.get('/v1/webhooks/{id}', { path: { id } });
    return verifiedAt ?? undefined;
  });
  if (reply !== undefined) replies.set(path, reply);
  const own = new Set<string>();
  const asked = () => server.asked.filter((one) => one.path === path && own.has(String(one.headers['webhook-id'])));
  const notes = () => asked().flatMap(({ body }) => eventBody.parse(JSON.parse(body)).data.reason ?? []);
  return { id, own, path, secret, asked, notes };
}

async function happens(of: Pick<Endpoint, 'own'>, reason: string, subject: string = randomUUID()): Promise<string> {
  const id = randomUUID();
  of.own.add(id);
  const data = { leaseId: subject, vehicleId: subject, reason };
  await platform.database.db.insert(outbox).values({ id, type: 'vehicle.released', subject, time: new Date(), data });
  return id;
}

async function deliveriesOf({ id, own }: Pick<Endpoint, 'id' | 'own'>) {
  const { data } = await admin.get('/v1/webhooks/deliveries', { query: { webhookId: id, limit: 100 } });
  return data.filter(({ eventId }) => own.has(eventId)).toReversed();
}
const statesOf = async (of: Endpoint) => (await deliveriesOf(of)).map(({ status }) => status);
const allSettled = (of: Endpoint, count: number) =>
  eventually(`${count} deliveries to be settled`, async () => {
    const states = await statesOf(of);
    return states.length >= count && !states.includes('pending') ? states : undefined;
  });

/** Fails so many times, then takes it. */
function failing(times: number, reply: Reply = { status: 500 }): (asked: Asked) => Reply {
  const seen = new Map<string, number>();
  return ({ headers }) => {
    const id = String(headers['webhook-id']);
    seen.set(id, (seen.get(id) ?? 0) + 1);
    return (seen.get(id) ?? 0) > times ? { status: 200 } : reply;
  };
}

/** The signatures `v1` of a request that this secret makes. */
function isSignedBy(secret: string, { headers, body }: Asked): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const wanted = `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(wanted);
}

const handleOf = (deliveryId: string) => platform.temporal.workflow.getHandle(deliveryWorkflowId(deliveryId));

describe('an endpoint', () => {
  it('is sent a test first, then what it hears, signed, in the order of each subject', async () => {
    let takes = false;
    const path = `/${randomUUID()}`;
    replies.set(path, () => ({ status: takes ? 200 : 503 }));
    const { id, secret } = await admin.post('/v1/webhooks', {
      body: { url: `${server.url}${path}`, types: ['vehicle.released'] },
    });
    const subject = randomUUID();
    const one = { own: new Set<string>() };
    const ids = [await happens(one, '1', subject), await happens(one, '2', subject)];
    await platform.database.db
      .insert(outbox)
      .values({ id: randomUUID(), type: 'user.erased', subject, time: new Date(), data: { userId: subject } });
    ids.push(await happens(one, '3', subject));
    const asked = () => server.asked.filter((one) => one.path === path);
    const types = () => asked().map(({ body }) => eventBody.parse(JSON.parse(body)).type);
    await eventually('two tries of the test', async () => (asked().length > 1 ? true : undefined));
    expect(new Set(types())).toEqual(new Set(['webhook.test']));
    takes = true;
    await eventually('the events', async () =>
      types().filter((type) => type !== 'webhook.test').length === 3 ? true : undefined,
    );
    const events = asked().slice(-3);
    expect(events.map(({ headers }) => headers['webhook-id'])).toEqual(ids);
    expect(events.map(({ body }) => eventBody.parse(JSON.parse(body)).sequence)).toEqual([1, 2, 4]);
    expect(asked().every((one) => isSignedBy(secret, one))).toBe(true);

    const rotated = await admin.post('/v1/webhooks/{id}/rotate-secret', { path: { id }, body: {} });
    await admin.post('/v1/webhooks/{id}/test', { path: { id }, body: {} });
    const last = await eventually('the second test', async () => {
      return asked().find((sent) => isSignedBy(rotated.secret, sent));
    });
    expect(isSignedBy(secret, last)).toBe(true);
    expect(String(last.headers['webhook-signature']).split(' ')).toHaveLength(4);
  });

  it('that answers 410 is told nothing more, its owner is, and what is dead is redriven once it is back', async () => {
    const one = await endpoint(() => ({ status: 410 }));
    const subject = randomUUID();
    await happens(one, '1', subject);
    await eventually('it to be disabled', async () => {
      const { status, disabledFor } = await admin.get('/v1/webhooks/{id}', { path: { id: one.id } });
      return status === 'disabled' ? (expect(disabledFor).toBe('gone') ?? true) : undefined;
    });
    const cases = async (status: 'open' | 'closed') =>
      (await admin.get('/v1/cases', { query: { kind: 'webhook_disabled', status } })).data.filter(
        ({ detail }) => detail['webhookId'] === one.id,
      );
    expect(await cases('open')).toMatchObject([{ detail: { for: 'gone', host: new URL(server.url).host } }]);
    const [dead] = await deliveriesOf(one);
    expect(dead).toMatchObject({ status: 'dead', deadFor: 'gone', tries: 1 });
    const path = { id: dead?.id ?? '' };
    await expect(admin.post('/v1/webhooks/deliveries/{id}/redrive', { path, body: {} })).rejects.toThrow('disabled');
    const { data: letters } = await admin.get('/v1/dead-letters', { query: { kind: 'webhook', limit: 100 } });
    expect(letters.find(({ id }) => id === path.id)).toMatchObject({
      reason: 'gone',
      // Not before its endpoint is active again.
      redrivable: false,
      detail: { webhookId: one.id },
      payload: { subject, data: { reason: '1' } },
    });
    // What happens while it is disabled is dead from the beginning: nothing is left out.
    await happens(one, '2', subject);
    const second = await eventually('the second to be dead', async () => (await deliveriesOf(one))[1]);
    expect(second).toMatchObject({ status: 'dead', deadFor: 'endpoint_disabled', tries: 0 });
    const pressLetter = () => admin.post('/v1/dead-letters/{id}/redrive', { path, body: {} });
    await expect(pressLetter()).rejects.toMatchObject({
      code: 'invalid_state',
      message: expect.stringContaining('make it active first'),
    });
    // Webhooks are the admins': an agent sees that there is one, and that is all.
    const { data: seen } = await agent.get('/v1/dead-letters', { query: { kind: 'webhook', limit: 100 } });
    expect(seen.find(({ id }) => id === path.id)).toMatchObject({ reason: 'gone', payload: null });
    const byAgent = agent.post('/v1/dead-letters/{id}/redrive', { path, body: {} });
    await expect(byAgent).rejects.toMatchObject({ code: 'forbidden' });

    replies.delete(one.path);
    await admin.patch('/v1/webhooks/{id}', { path: { id: one.id }, body: { status: 'active' } });
    expect(await cases('open')).toEqual([]);
    const { data: later } = await admin.get('/v1/dead-letters', { query: { kind: 'webhook', limit: 100 } });
    expect(later.find(({ id }) => id === path.id)).toMatchObject({ redrivable: true });
    const press = () => admin.post('/v1/webhooks/deliveries/{id}/redrive', { path, body: {} });
    const both = await Promise.allSettled([press(), pressLetter()]);
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    await eventually('the first to be delivered', async () =>
      (await deliveriesOf(one))[0]?.status === 'delivered' ? true : undefined,
    );
    expect(one.notes()).toEqual(['1', '1']);
    for (const again of [press, pressLetter]) await expect(again()).rejects.toMatchObject({ code: 'not_redrivable' });
    const all = await admin.post('/v1/webhooks/{id}/redrive', { path: { id: one.id }, body: {} });
    expect(all).toEqual({ redriven: 1 });
    await allSettled(one, 2);
    expect(one.notes()).toEqual(['1', '1', '2']);
  });
});

describe('a delivery', () => {
  it('that fails is sent again under its id, and those of its subject wait behind it, others do not', async () => {
    const one = await endpoint(failing(2));
    const [subject, other] = [randomUUID(), randomUUID()];
    await happens(one, '1', subject);
    await happens(one, '2', subject);
    await happens(one, 'x', other);
    expect(await allSettled(one, 3)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(one.notes().filter((note) => note !== 'x')).toEqual(['1', '1', '1', '2', '2', '2']);
    const [first] = await deliveriesOf(one);
    const { log } = await admin.get('/v1/webhooks/deliveries/{id}', { path: { id: first?.id ?? '' } });
    expect(log.map(({ number, status }) => [number, status])).toEqual([
      [1, 500],
      [2, 500],
      [3, 200],
    ]);
  });

  it('that is taken at once has no workflow, and one that nobody answers keeps no other waiting', async () => {
    const [one, silent] = [await endpoint(), await endpoint(() => 'silence')];
    const ids = [await happens(one, '1'), await happens(one, '2')];
    for (const id of ids) silent.own.add(id);
    expect(await allSettled(one, 2)).toEqual(['delivered', 'delivered']);
    const [first] = await deliveriesOf(one);
    await expect(handleOf(first?.id ?? '').describe()).rejects.toThrow('not found');
    const { log } = await admin.get('/v1/webhooks/deliveries/{id}', { path: { id: first?.id ?? '' } });
    expect(log).toMatchObject([{ number: 1, status: 204, error: null }]);
    // Those of the other one have each a workflow by now, which looks at what came of the request.
    const waiting = await eventually('them to be left to workflows', async () => {
      const its = await deliveriesOf(silent);
      return its.length === 2 ? its : undefined;
    });
    for (const { id } of waiting)
      await eventually(
        'a workflow',
        async () =>
          (await handleOf(id)
            .describe()
            .catch(() => undefined)) ?? undefined,
      );
    const began = Date.now();
    await happens(one, '3');
    await allSettled(one, 3);
    // Less than what a silent one is waited for.
    expect(Date.now() - began).toBeLessThan(15_000);
    await admin.patch('/v1/webhooks/{id}', { path: { id: silent.id }, body: { status: 'disabled' } });
  });

  it('that was answered, but not written down by a process that died, comes twice with one id', async () => {
    const one = await endpoint();
    const refusing = await refuseWrites(platform.database, 'webhooks.tries', { state: '53100' });
    await happens(one, '1');
    await eventually('it to be sent again', async () => one.notes()[1]);
    await refusing.mend();
    await allSettled(one, 1);
    expect(one.notes().length).toBeGreaterThan(1);
    expect(
      new Set(
        one
          .asked()
          .slice(1)
          .map(({ headers }) => headers['webhook-id']),
      ).size,
    ).toBe(1);
    expect(await deliveriesOf(one)).toMatchObject([{ status: 'delivered', tries: 1 }]);
  });

  it('of a receiver that is down for a day comes afterwards, in the order of its subject, and none is left out', async () => {
    let isDown = true;
    const taken: string[] = [];
    const one = await endpoint(({ headers, body }) => {
      if (isDown) return { status: 503 };
      const { data } = eventBody.parse(JSON.parse(body));
      if (one.own.has(String(headers['webhook-id'])) && data.reason !== undefined) taken.push(data.reason);
      return { status: 204 };
    });
    const subjects = ['a', 'b', 'c'].map((name) => ({ name, id: randomUUID() }));
    const told = async (round: number) => {
      for (const { name, id } of subjects) await happens(one, `${name}${round}`, id);
    };
    for (const round of [1, 2, 3]) await told(round);
    const pending = async () => (await deliveriesOf(one)).filter(({ status }) => status === 'pending');
    await eventually('each subject to be tried', async () =>
      (await pending()).filter(({ tries }) => tries > 0).length >= 3 ? true : undefined,
    );
    /** What has a workflow goes as far. */
    const later = async (milliseconds: number) => {
      const ids = (await pending()).map(({ id }) => deliveryWorkflowId(id));
      await Promise.allSettled(ids.map((id) => fastForward(platform.temporal, id, milliseconds)));
    };
    await later(24 * 3_600_000);
    expect(await statesOf(one)).toEqual(Array.from({ length: 9 }, () => 'pending'));
    expect((await admin.get('/v1/webhooks/{id}', { path: { id: one.id } })).status).toBe('active');
    await told(4);
    isDown = false;
    await eventually('all of it', async () => {
      if ((await pending()).length === 0) return true;
      await later(2 * 3_600_000);
      return undefined;
    });
    for (const { name } of subjects)
      expect([...new Set(taken.filter((note) => note.startsWith(name)))]).toEqual(
        [1, 2, 3, 4].map((n) => `${name}${n}`),
      );
    expect(await statesOf(one)).toEqual(Array.from({ length: 12 }, () => 'delivered'));
  });

  it('is found when its workflow is gone', async () => {
    const one = await endpoint();
    replies.set(one.path, () => ({ status: 500 }));
    await happens(one, '1');
    const [found] = await eventually('it to be tried', async () => {
      const all = await deliveriesOf(one);
      return (all[0]?.tries ?? 0) > 1 ? all : undefined;
    });
    await handleOf(found?.id ?? '').terminate('an operator');
    replies.delete(one.path);
    const { deps, config, temporal } = platform;
    await wakeOverdue({ db: deps.db, config, temporal }, new Date(Date.now() + 3_600_000));
    await allSettled(one, 1);
  });
});

it('telemetry that was not believed is shown without what it says, and is not done again', async () => {
  const id = randomUUID();
  const payload = JSON.stringify({ lat: 0.31, lon: 32.58, note: 'Grace' });
  const row = { id, topic: 'trackers/x/telemetry', reason: 'future', size: payload.length, payload };
  await platform.database.db.insert(quarantine).values({ ...row, receivedAt: new Date() });
  const { data } = await admin.get('/v1/dead-letters', { query: { kind: 'telemetry' } });
  const shape = { lat: 'number', lon: 'number', note: 'text, 5 characters' };
  expect(data).toMatchObject([{ id, reason: 'future', redrivable: false, payload: shape }]);
  await expect(admin.post('/v1/dead-letters/{id}/redrive', { path: { id }, body: {} })).rejects.toMatchObject({
    code: 'not_redrivable',
  });
});

/** A delivery that is tried in vain, after two tries. */
async function tried(of: Endpoint): Promise<string> {
  const found = await eventually('it to be tried twice', async () => {
    const [first] = await deliveriesOf(of);
    return (first?.tries ?? 0) >= 2 ? first : undefined;
  });
  return found.id;
}

const historyOf = (deliveryId: string): Promise<History> => handleOf(deliveryId).fetchHistory();

itReplays(
  join(import.meta.dirname, 'histories'),
  {
    async delivered() {
      // What is taken at once has no workflow.
      const one = await endpoint(failing(1));
      await happens(one, '1');
      await allSettled(one, 1);
      const [first] = await deliveriesOf(one);
      await handleOf(first?.id ?? '').result();
      return historyOf(first?.id ?? '');
    },
    async retrying() {
      const one = await endpoint(() => ({ status: 302 }));
      await happens(one, '1');
      return historyOf(await tried(one));
    },
    async givenUp() {
      const one = await endpoint(() => ({ status: 404 }));
      const subject = randomUUID();
      await happens(one, '1', subject);
      const id = await tried(one);
      await happens(one, '2', subject);
      replies.set(one.path, ({ body }) => ({ status: body.includes('"reason":"2"') ? 200 : 404 }));
      await fastForward(platform.temporal, deliveryWorkflowId(id), 5.1 * 86_400_000);
      expect(await handleOf(id).result()).toBe('dead');
      // Nothing was taken for five days: the endpoint is told nothing more.
      expect(await allSettled(one, 2)).toEqual(['dead', 'dead']);
      return historyOf(id);
    },
    /** One that is woken again and again looks each time whether it is due; then it is followed by another run. */
    async renewed() {
      const one = await endpoint(() => ({ status: 302 }));
      await happens(one, '1');
      const id = await tried(one);
      const { runId } = await handleOf(id).describe();
      const next = await eventually('another run', async () => {
        for (let n = 0; n < 5; n += 1) await Promise.all([wakeDelivery(platform, id), sleep(100)]);
        const run = await handleOf(id).describe();
        return run.runId === runId ? undefined : run;
      });
      expect(next.historyLength).toBeLessThan(100);
      replies.delete(one.path);
      await allSettled(one, 1);
      return platform.temporal.workflow.getHandle(deliveryWorkflowId(id), runId).fetchHistory();
    },
    async waiting() {
      const one = await endpoint(() => ({ status: 500 }));
      const subject = randomUUID();
      await happens(one, '1', subject);
      await tried(one);
      await happens(one, '2', subject);
      const second = await eventually('the second', async () => (await deliveriesOf(one))[1]);
      await platform.temporal.workflow.signalWithStart('webhookDelivery', {
        workflowId: deliveryWorkflowId(second.id),
        taskQueue: `${platform.config.TASK_QUEUE_PREFIX}workflows`,
        args: [{ deliveryId: second.id }],
        signal: 'due',
      });
      await eventually('it to wait', async () => {
        const { raw } = await handleOf(second.id).describe();
        return Number(raw.workflowExecutionInfo?.historyLength ?? 0) > 10 && raw.pendingActivities?.length === 0
          ? true
          : undefined;
      });
      return historyOf(second.id);
    },
  },
  () => ({ dataConverter: dataConverter(platform.config) }),
);
