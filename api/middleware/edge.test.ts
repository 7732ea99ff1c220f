import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { connect, createServer, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '#api/app';
import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import { connectDatabase } from '#db/client';
import { users } from '#db/schema/index';
import { listen } from '#platform/listen';
import { createLogger } from '#platform/log';
import { createApiWorld, type ApiWorld } from '#test/api-world';
import { problemOf } from './problem.ts';

let world: ApiWorld;
const lines: string[] = [];
beforeAll(async () => {
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (lines.push(chunk.toString()), done()) });
  world = await createApiWorld(
    { CORS_ORIGINS: 'https://app.example.com,https://staff.example.com' },
    { log: createLogger('test', 'info', sink) },
  );
});
afterAll(() => world.close());

describe('request ids and traces', () => {
  it('are taken from the client when they are sane, made otherwise, and logged', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const given = await world.call('GET', '/v1/nothing', {
      headers: { 'x-request-id': 'client-chosen-1', traceparent },
    });
    expect([given.headers.get('x-request-id'), given.headers.get('traceparent')]).toEqual([
      'client-chosen-1',
      traceparent,
    ]);
    expect(given.body).toMatchObject({ requestId: 'client-chosen-1' });
    expect(lines.join('')).toContain('"requestId":"client-chosen-1","traceId":"0af7651916cd43dd8448eb211c80319c"');
    for (const bad of ['x y', 'a'.repeat(300), '"quoted"']) {
      const { headers } = await world.call('GET', '/health/live', {
        headers: { 'x-request-id': bad, traceparent: bad },
      });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('traceparent')).toBeNull();
    }
  });
});

describe('what is refused', () => {
  it('says what to send instead', async () => {
    const { token } = await world.staff('admin');
    const ask = async (path: string, body?: unknown) => (await world.call('POST', path, { token, body })).body;
    expect(await ask('/v1/trackers', {})).toMatchObject({
      errors: expect.arrayContaining([{ path: 'vehicleId', message: 'is needed' }]),
    });
    expect(await ask('/v1/trackers'), 'who sends nothing says {}').toMatchObject({
      errors: expect.arrayContaining([{ path: 'vehicleId', message: 'is needed' }]),
    });
    const { body } = await world.call('GET', '/v1/notifications/templates?kind=none', { token });
    expect(body).toMatchObject({
      errors: [{ path: 'kind', message: expect.stringMatching(/^must be one of .* others$/) }],
    });
  });
});

describe('the access log', () => {
  it('has the pattern of the route, no path, query or phone', async () => {
    lines.length = 0;
    const { user, token } = await world.customer();
    const agent = await world.staff('admin');
    await world.call('GET', `/v1/users/${user.id}?secret=whatever`, { token: agent.token });
    await world.call('GET', '/v1/users?phone=%2B256772000111', { token: agent.token });
    await world.call('GET', '/v1/me', { token });
    await world.call('POST', '/v1/auth/otp', { body: { phone: '+256772000111' } });
    const log = lines.join('');
    expect(log).toContain('"route":"/v1/users/:id"');
    expect(log).toContain(`"user":"${agent.user.id}"`);
    expect(log).not.toMatch(/whatever|772000111/);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({
        method: expect.any(String),
        status: expect.any(Number),
        ms: expect.any(Number),
      });
  });
});

describe('bodies', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    world.call('POST', '/v1/auth/otp', { body, headers });
  it('must be JSON, say so, and be no larger than 1 MB', async () => {
    expect(await post('{"phone":')).toMatchObject({
      status: 400,
      body: { code: 'invalid_json', errors: [{ path: 'body' }] },
    });
    expect(await post('{}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    });
    expect(await post(JSON.stringify({ phone: 'x'.repeat(1024 * 1024) }))).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
    expect(await post('[]')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    expect(await post('null')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it('are answered also where their sender reads no answer before he has sent all', async () => {
    const { hostname, port } = new URL(world.url);
    const body = Buffer.alloc(12 * 1024 * 1024, 'x');
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(
      `POST /v1/auth/otp HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    for (let at = 0; at < body.length; at += 256 * 1024) {
      if (!socket.write(body.subarray(at, at + 256 * 1024))) await once(socket, 'drain');
      await setImmediate();
    }
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('payload_too_large');
  });

  it('are limited as well when they do not say how long they are', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(64 * 1024));
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => (sent++ < 40 ? controller.enqueue(chunk) : controller.close()),
    });
    const answer = await fetch(`${world.url}/v1/auth/otp`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    });
    expect(answer.status).toBe(413);
  });
});

describe('other origins', () => {
  it('may read us only where CORS_ORIGINS names them', async () => {
    const ask = async (origin: string) =>
      (await world.call('GET', '/v1/plans', { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await ask('https://app.example.com')).toBe('https://app.example.com');
    expect(await ask('https://staff.example.com')).toBe('https://staff.example.com');
    for (const origin of ['https://evil.example', 'https://app.example.com.evil.example', 'null'])
      expect(await ask(origin)).toBeNull();
    const preflight = await world.call('OPTIONS', '/v1/plans', {
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  });
});

describe('problems', () => {
  it('keep the code of a refusal that comes out of a workflow', () => {
    const failure = ApplicationFailure.create({
      type: 'Problem',
      message: 'taken',
      details: ['vehicle_unavailable', 'it is taken', [{ path: 'vehicleId', message: 'choose another' }]],
    });
    const problem = problemOf(new WorkflowUpdateFailedError('update failed', failure));
    expect([problem.code, problem.message, problem.status, problem.errors]).toEqual([
      'vehicle_unavailable',
      'it is taken',
      409,
      [{ path: 'vehicleId', message: 'choose another' }],
    ]);
    expect(
      problemOf(
        new WorkflowUpdateFailedError(
          'update failed',
          ApplicationFailure.create({ type: 'Problem', details: ['no_such_code', '', []] }),
        ),
      ).code,
    ).toBe('internal');
  });

  it('are 503 while Postgres or Temporal do not answer, and readiness says so', async () => {
    expect(
      problemOf(new Error('query failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }))
        .code,
    ).toBe('unavailable');
    expect(problemOf(Object.assign(new Error('deadline'), { code: 14 })).code).toBe('unavailable');
    for (const code of ['40001', '40P01', '53100', '53300', '55000', '57014', '57P01', '58030', '08006'])
      expect(problemOf(Object.assign(new Error('query failed'), { code })).code, code).toBe('unavailable');
    expect(problemOf(Object.assign(new Error('query failed'), { code: '23505' })).code).toBe('internal');
    const nowhere = connectDatabase('postgres://nobody:none@127.0.0.1:1/none');
    const app = createApp({ ...world.deps, db: nowhere.db, sql: nowhere.sql });
    for (const path of ['/v1/plans', '/health/ready']) {
      const answer = await app.request(path);
      expect([answer.status, answer.headers.get('retry-after'), await answer.json()], path).toEqual([
        503,
        '2',
        expect.objectContaining({ code: 'unavailable' }),
      ]);
    }
    expect((await app.request('/health/live')).status).toBe(200);
    await nowhere.close();
  });

  it('answer that they take too long where the database is connected and says nothing', async () => {
    const { hostname, port } = new URL(world.database.url);
    const sockets = new Set<Socket>();
    let isSilent = false;
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
      near.pipe(far);
      far.on('data', (chunk) => isSilent || near.write(chunk));
    });
    const way = new URL(world.database.url);
    way.port = String(await listen(server, 0, '127.0.0.1'));
    const silent = connectDatabase(way.href);
    const there = { ...world.deps, db: silent.db, sql: silent.sql };
    expect((await createApp(there).request('/v1/plans')).status).toBe(200);
    isSilent = true;
    const answer = await createApp({ ...there, patience: 300 }).request('/v1/plans');
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      503,
      '2',
      expect.objectContaining({ code: 'unavailable' }),
    ]);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await silent.close();
  });

  it('tell nothing of a fault of ours, nor does the log tell the values of a query', async () => {
    lines.length = 0;
    const { db } = world.database;
    const app = createApp(world.deps);
    app.get('/broken', async (c) => c.json(await db.select().from(users).where(eq(users.id, 'Amina Nakato'))));
    const answer = await app.request('/broken');
    const body: unknown = await answer.json();
    expect([answer.status, body]).toEqual([
      500,
      {
        type: expect.any(String),
        title: expect.any(String),
        status: 500,
        detail: expect.any(String),
        code: 'internal',
        requestId: expect.any(String),
      },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/select|Nakato/);
    expect(lines.join('')).toContain('"reason":"22P02"');
    expect(lines.join('')).not.toContain('Nakato');
  });
});
