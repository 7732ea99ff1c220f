import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idempotencyKeys, vehicles } from '#db/schema/index';
import { createApp } from '#api/app';
import { serveHttp } from '#api/serve';
import { defineRoute, router, staff } from '#api/route';
import { z } from '@hono/zod-openapi';
import { eventually } from '#dev/client';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { plateOf } from '#test/plates';

let world: ApiWorld;
let agent: Person;
let serial = 0;
beforeAll(async () => {
  world = await createApiWorld({ LOG_LEVEL: 'silent' });
  agent = await world.staff('agent');
});
afterAll(() => world.close());

function newVehicle() {
  serial += 1;
  return {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2025,
    market: 'UG',
    price: { amount: 5_000_000, currency: 'UGX' },
    registration: plateOf(serial),
    vin: `KEYS${serial}`,
  };
}
const create = (body: unknown, key: string, token = agent.token) =>
  world.call('POST', '/v1/vehicles', { token, key, body });
const rows = (key: string) => world.database.db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key));

describe('an Idempotency-Key', () => {
  it('gives the first answer again, and does the thing once', async () => {
    const body = newVehicle();
    const first = await create(body, 'once');
    const again = await create(body, 'once');
    expect(first.status).toBe(201);
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([
      first.status,
      first.body,
      first.headers.get('etag'),
    ]);
    expect([first.headers.get('idempotent-replay'), again.headers.get('idempotent-replay')]).toEqual([null, 'true']);
    expect(await world.database.db.select().from(vehicles).where(eq(vehicles.vin, body.vin))).toHaveLength(1);
    const [row] = await rows('once');
    expect(JSON.stringify(row?.response)).not.toContain('Boxer');
  });

  it('gives a refusal again too, under the id of the request that asks', async () => {
    const body = { ...newVehicle(), price: { amount: 1, currency: 'KES' } };
    const first = await create(body, 'refused');
    const again = await create(body, 'refused');
    expect(again).toMatchObject({ status: 422, body: { code: 'currency_mismatch' } });
    expect((again.body as { requestId: string }).requestId).toBe(again.headers.get('x-request-id'));
    expect((first.body as { requestId: string }).requestId).not.toBe((again.body as { requestId: string }).requestId);
  });

  it('is not for another body', async () => {
    await create(newVehicle(), 'reused');
    expect(await create(newVehicle(), 'reused')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  it('is scoped to its user and route', async () => {
    const other = await world.staff('agent');
    const [one, two] = await Promise.all([create(newVehicle(), 'mine'), create(newVehicle(), 'mine', other.token)]);
    expect([one.status, two.status]).toEqual([201, 201]);
  });

  it('lets one of many at once do it', async () => {
    const body = newVehicle();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(body, 'at-once')));
    const done = answers.filter(({ status }) => status === 201);
    expect(done.length).toBeGreaterThan(0);
    expect(
      answers
        .filter(({ status }) => status !== 201)
        .every(
          ({ status, body: refusal }) => status === 409 && (refusal as { code: string }).code === 'request_in_progress',
        ),
    ).toBe(true);
    expect(await world.database.db.select().from(vehicles).where(eq(vehicles.vin, body.vin))).toHaveLength(1);
  });

  it('of a request that died is taken over, by the same body, once the lock is over', async () => {
    const body = newVehicle();
    await create(body, 'died');
    const { db } = world.database;
    await db.delete(vehicles).where(eq(vehicles.vin, body.vin));
    const set = (lockedUntil: Date) =>
      db
        .update(idempotencyKeys)
        .set({ status: null, response: null, lockedUntil })
        .where(eq(idempotencyKeys.key, 'died'));
    await set(new Date(Date.now() + 60_000));
    expect(await create(body, 'died')).toMatchObject({ status: 409, body: { code: 'request_in_progress' } });
    await set(new Date(Date.now() - 1));
    expect((await create(newVehicle(), 'died')).status).toBe(422);
    const made = await create(body, 'died');
    expect(made).toMatchObject({ status: 201 });
    // It died after its commit, before its answer was kept.
    await set(new Date(Date.now() - 1));
    expect(await create(body, 'died')).toMatchObject({ status: 201, body: made.body });
  });

  it('is not taken by a request that was told to try again before its body was read', async () => {
    const app = createApp({ ...world.deps, patience: 500 });
    const server = await serveHttp(app, 0, '127.0.0.1');
    const lock = await world.database.sql.reserve();
    const body = JSON.stringify(newVehicle());
    const headers = {
      authorization: `Bearer ${agent.token}`,
      'content-type': 'application/json',
      'idempotency-key': 'late',
    };
    const send = () => fetch(`http://127.0.0.1:${server.port}/v1/vehicles`, { method: 'POST', headers, body });
    await lock`begin`;
    await lock`lock table identity.sessions in access exclusive mode`;
    expect((await send()).status).toBe(503);
    await lock`rollback`;
    lock.release();
    const status = await eventually('an answer', async () => {
      const answer = await send();
      return [409, 503].includes(answer.status) ? undefined : answer.status;
    });
    expect(status).toBe(201);
    await server.stop();
  });

  it('is new again after 24 hours', async () => {
    await create(newVehicle(), 'old');
    await world.database.db
      .update(idempotencyKeys)
      .set({ createdAt: new Date(Date.now() - 24 * 3_600_000 - 1_000) })
      .where(eq(idempotencyKeys.key, 'old'));
    expect((await create(newVehicle(), 'old')).status).toBe(201);
  });

  it('must be 1 to 200 visible characters', async () => {
    for (const key of ['a b', 'x'.repeat(201), 'ключ'.replaceAll(/./g, '\u00e9')]) {
      expect(await create(newVehicle(), key), key).toMatchObject({
        status: 400,
        body: { code: 'invalid_input', errors: [{ path: 'Idempotency-Key' }] },
      });
    }
    expect((await create(newVehicle(), 'x'.repeat(200))).status).toBe(201);
  });

  it('may be used again after a fault of ours, and is needed where money moves', async () => {
    let calls = 0;
    const app = createApp(world.deps);
    const routes = router();
    const common = {
      method: 'post',
      tag: 'test',
      roles: staff,
      body: z.strictObject({}),
      status: 200,
      answer: z.object({ calls: z.int() }),
    } as const;
    routes.openapi(
      defineRoute(world.deps, { ...common, path: '/fails-once', summary: 'fails once', idempotency: 'required' }),
      (c) => {
        calls += 1;
        if (calls === 1) throw new Error('a fault with secrets in it');
        return c.json({ calls }, 200);
      },
    );
    app.route('/v1', routes);
    const ask = (headers: Record<string, string>) =>
      app.request('/v1/fails-once', {
        method: 'POST',
        body: '{}',
        headers: { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json', ...headers },
      });

    const keyless = await ask({});
    expect([keyless.status, await keyless.json()]).toEqual([
      400,
      expect.objectContaining({
        code: 'idempotency_key_required',
        errors: [{ path: 'Idempotency-Key', message: 'is required' }],
      }),
    ]);
    const failed = await ask({ 'idempotency-key': 'fault' });
    const text = await failed.text();
    expect(failed.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal' });
    expect(text).not.toContain('secrets');
    expect(await rows('fault')).toMatchObject([{ status: null, response: null }]);
    const again = await ask({ 'idempotency-key': 'fault' });
    expect([again.status, await again.json()]).toEqual([200, { calls: 2 }]);
    expect(await (await ask({ 'idempotency-key': 'fault' })).json()).toEqual({ calls: 2 });
  });

  it('is one command for 24 hours, whatever became of the first request; then it is another', async () => {
    let fails = true;
    const app = createApp(world.deps);
    const routes = router();
    routes.openapi(
      defineRoute(world.deps, {
        method: 'post',
        tag: 'test',
        path: '/named-after-its-key',
        summary: 'says what a command would be named after',
        roles: staff,
        body: z.strictObject({ amount: z.int() }),
        idempotency: 'required',
        status: 200,
        answer: z.object({ command: z.string().optional() }),
      }),
      (c) => {
        named.push(c.get('idempotencyKey'));
        if (fails) throw new Error('a fault');
        return c.json({ command: c.get('idempotencyKey') }, 200);
      },
    );
    app.route('/v1', routes);
    const named: (string | undefined)[] = [];
    const ask = async (amount: number) => {
      const headers = { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json' };
      const answer = await app.request('/v1/named-after-its-key', {
        method: 'POST',
        body: JSON.stringify({ amount }),
        headers: { ...headers, 'idempotency-key': 'monday' },
      });
      return answer.status;
    };
    const set = (changes: Partial<typeof idempotencyKeys.$inferInsert>) =>
      world.database.db.update(idempotencyKeys).set(changes).where(eq(idempotencyKeys.key, 'monday'));

    expect(await ask(1)).toBe(500);
    expect(await ask(2)).toBe(422);
    expect(await ask(1)).toBe(500);
    fails = false;
    expect(await ask(1)).toBe(200);
    await set({ status: null, response: null, lockedUntil: new Date(Date.now() - 1) });
    expect(await ask(1)).toBe(200);
    expect(named).toHaveLength(4);
    expect(new Set(named).size).toBe(1);
    await set({ createdAt: new Date(Date.now() - 24 * 3_600_000 - 1_000) });
    expect(await ask(2)).toBe(200);
    expect(new Set(named).size).toBe(2);
  });
});
