import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCodecApp } from './codec-server.ts';
import { serveHttp, type HttpServer } from '../serve.ts';
import { call, createApiWorld, PASSWORD, type ApiWorld, type CallOptions } from '#test/api-world';

const UI = 'http://localhost:8233';
let world: ApiWorld;
let server: HttpServer;
beforeAll(async () => {
  world = await createApiWorld({ TEMPORAL_UI_URL: `${UI}/some/path` });
  server = await serveHttp(createCodecApp(world.deps), 0, '127.0.0.1', 1_000);
});
afterAll(async () => {
  await server.stop();
  await world.close();
});

const ask = (method: string, path: string, options: CallOptions = {}) =>
  call(`http://127.0.0.1:${server.port}`, method, path, options);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const clear = { payloads: [{ metadata: { encoding: base64('json/plain') }, data: base64('"+256772123456"') }] };
const form = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask('POST', '/', {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });

describe('the codec server', () => {
  it('encodes and decodes for staff with a token', async () => {
    const { token } = await world.staff('agent');
    const sealed = await ask('POST', '/encode', { token, body: clear });
    expect(sealed.status).toBe(200);
    expect(JSON.stringify(sealed.body)).not.toContain(clear.payloads[0]?.data);
    expect(await ask('POST', '/decode', { token, body: sealed.body })).toMatchObject({ status: 200, body: clear });
    expect(await ask('POST', '/decode', { token, body: clear })).toMatchObject({ status: 200, body: clear });
  });

  it('lets staff log in on its page; the cookie serves the Temporal UI and no other page', async () => {
    const { user, token } = await world.staff('admin');
    const page = await ask('GET', '/');
    expect([page.status, String(page.body)]).toEqual([200, expect.stringContaining('<form method="post"')]);
    const entered = await form({ email: user.email ?? '', password: PASSWORD });
    const cookie = entered.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^codec_session=[^;]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Strict$/);
    const session = cookie.split(';')[0] ?? '';

    const { body: sealed } = await ask('POST', '/encode', { token, body: clear });
    const shown = await ask('POST', '/decode', { body: sealed, headers: { cookie: session, origin: UI } });
    expect(shown).toMatchObject({ status: 200, body: clear });
    expect([
      shown.headers.get('access-control-allow-origin'),
      shown.headers.get('access-control-allow-credentials'),
    ]).toEqual([UI, 'true']);
    const evil = await ask('POST', '/decode', {
      body: sealed,
      headers: { cookie: session, origin: 'https://evil.example' },
    });
    expect([evil.status, evil.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const preflight = await ask('OPTIONS', '/decode', {
      headers: {
        origin: UI,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-namespace',
      },
    });
    expect([
      preflight.headers.get('access-control-allow-origin'),
      preflight.headers.get('access-control-allow-headers'),
    ]).toEqual([UI, expect.stringContaining('x-namespace')]);
  });

  it('shows nothing to anybody else', async () => {
    const customer = await world.customer();
    for (const path of ['/encode', '/decode']) {
      expect(await ask('POST', path, { body: clear })).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      });
      expect((await ask('POST', path, { body: clear, token: 'nonsense' })).status).toBe(401);
      expect((await ask('POST', path, { body: clear, token: customer.token })).status).toBe(403);
      expect((await ask('POST', path, { body: clear, headers: { cookie: 'codec_session=nonsense' } })).status).toBe(
        401,
      );
    }
    const wrong = await form({ email: 'nobody@example.com', password: 'wrong' });
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    const { user } = await world.staff('agent');
    expect(
      (await form({ email: user.email ?? '', password: PASSWORD }, { 'sec-fetch-site': 'cross-site' })).status,
    ).toBe(403);
  });

  it('refuses what is no payload, or was changed', async () => {
    const { token } = await world.staff('agent');
    expect(await ask('POST', '/decode', { token, body: { payloads: 'x' } })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input' },
    });
    expect(await ask('POST', '/decode', { token, body: '{' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_json' },
    });
    const { body } = await ask('POST', '/encode', { token, body: clear });
    const [payload] = (body as { payloads: { metadata: object; data: string }[] }).payloads;
    const data = Buffer.from(payload?.data ?? '', 'base64');
    data[20] = (data[20] ?? 0) ^ 1;
    expect(
      await ask('POST', '/decode', { token, body: { payloads: [{ ...payload, data: data.toString('base64') }] } }),
    ).toMatchObject({ status: 422, body: { code: 'unprocessable' } });
  });
});

describe('the Temporal UI behind the login', () => {
  let ui: Server;
  let behind: HttpServer;
  const asked: { url: string | undefined; cookie: string | undefined }[] = [];
  beforeAll(async () => {
    ui = createServer(({ url, headers: { cookie } }, response) => {
      asked.push({ url, cookie });
      response.end('a page of the UI');
    }).listen(0, '127.0.0.1');
    await once(ui, 'listening');
    const { port } = z.object({ port: z.number() }).parse(ui.address());
    const config = { ...world.deps.config, TEMPORAL_UI_UPSTREAM: `http://127.0.0.1:${port}` };
    behind = await serveHttp(createCodecApp({ ...world.deps, config }), 0, '127.0.0.1', 1_000);
  });
  afterAll(async () => {
    await behind.stop();
    ui.close();
  });
  const look = (path: string, options: CallOptions = {}) =>
    call(`http://127.0.0.1:${behind.port}`, 'GET', path, options);

  it('is for admins alone, and does not learn by what they got in', async () => {
    expect([(await look('/')).status, (await look('/api/v1/namespaces')).status]).toEqual([200, 401]);
    const { token: agent } = await world.staff('agent');
    expect((await look('/api/v1/namespaces', { token: agent })).status).toBe(403);
    expect(asked).toEqual([]);

    const { token } = await world.staff('admin');
    const cookie = `_csrf=1; codec_session=${token}`;
    for (const path of ['/', '/api/v1/namespaces?x=1']) {
      const { status, body, headers } = await look(path, { headers: { cookie } });
      expect([status, body, headers.get('content-security-policy')]).toEqual([
        200,
        'a page of the UI',
        "frame-ancestors 'none'",
      ]);
    }
    expect(asked.splice(0)).toEqual([
      { url: '/', cookie: '_csrf=1' },
      { url: '/api/v1/namespaces?x=1', cookie: '_csrf=1' },
    ]);
    expect((await look('/api/v1/x', { headers: { cookie, origin: 'https://evil.example' } })).status).toBe(403);
  });
});
