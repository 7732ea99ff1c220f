import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProviderHttp, type HttpLimits } from './http.ts';
import { ProviderFailure } from './provider-failure.ts';
import { outcomeOf, patient, startTestServer, type TestServer } from './test-server.ts';
import { listen } from '#platform/listen';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const post = { method: 'POST', body: { secret: '256772000555' } } as const;
const http = (base: string, limits: HttpLimits = patient) => new ProviderHttp({ name: 'test', base, limits });

/** Accepts connections and says nothing, so that TLS never comes about. */
async function silentPort(): Promise<{ port: number; server: Server }> {
  const silent = createServer();
  return { port: await listen(silent, 0, '127.0.0.1'), server: silent };
}

describe('what is no answer', () => {
  it.each([
    ['nobody listens', 'http://127.0.0.1:9', 'ECONNREFUSED'],
    ['there is no such host', 'http://nowhere.invalid', /ENOTFOUND|EAI_AGAIN/],
  ])('%s: certainly not taken', async (_, base, word) => {
    const failure = http(base).send('/charge?to=256772000555', post);
    await expect(failure).rejects.toMatchObject({ kind: 'not_taken', reason: 'provider_error' });
    await expect(failure).rejects.toThrow(word);
  });

  it('a connection that is not made in time: certainly not taken', async () => {
    const silent = await silentPort();
    const began = performance.now();
    const failure = http(`https://127.0.0.1:${silent.port}`, { ...patient, connect: 100, total: 5_000 }).send(
      '/charge',
      post,
    );
    await expect(failure).rejects.toMatchObject({ kind: 'not_taken' });
    await expect(failure).rejects.toThrow('CONNECT_TIMEOUT');
    expect(performance.now() - began).toBeLessThan(3_000);
    silent.server.close();
  });

  it('an answer that does not come in time: unknown, though the server has the request', async () => {
    server.reply = () => 'silence';
    const before = server.asked.length;
    const failure = http(server.url, { ...patient, total: 150 }).send('/charge', post);
    await expect(failure).rejects.toMatchObject({
      kind: 'unknown',
      message: 'test: POST /charge: no answer (TimeoutError)',
    });
    expect(server.asked.length).toBe(before + 1);
  });

  it('a connection that breaks after the request was sent: unknown', async () => {
    server.reply = () => 'hang up';
    expect(await outcomeOf(http(server.url).send('/charge', post))).toBe('unknown');
  });

  it('never quotes a query or a body', async () => {
    const failure = await http('http://127.0.0.1:9')
      .send('/charge?to=256772000555', post)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProviderFailure);
    expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('256772000555');
  });
});

describe('what is an answer', () => {
  it('is handed back, whatever its status', async () => {
    server.reply = () => ({ status: 500, body: { errorCode: '500.003.02' } });
    await expect(http(server.url).send('/charge', post)).resolves.toEqual({
      status: 500,
      body: { errorCode: '500.003.02' },
    });
    server.reply = () => ({ status: 502, text: '<html>' });
    await expect(http(`${server.url}/`).send('/charge', post)).resolves.toEqual({ status: 502, body: undefined });
    expect(server.asked.at(-1)?.path).toBe('/charge');
  });
});

describe('the circuit', () => {
  const limits: HttpLimits = { ...patient, breaker: { failures: 3, halfOpenAfter: 150 } };
  afterEach(() => {
    server.reply = () => ({ status: 200 });
  });
  const tries = async (client: ProviderHttp, times: number) => {
    for (let n = 0; n < times; n++) await outcomeOf(client.send('/charge', post));
  };

  it.each([
    ['server errors', { status: 500 }],
    ['too many requests', { status: 429 }],
    ['broken connections', 'hang up'],
  ] as const)('opens after %s in a row, and then sends nothing', async (_, reply) => {
    const client = http(server.url, limits);
    server.reply = () => reply;
    await tries(client, 2);
    expect(client.circuit).toBe('closed');
    await tries(client, 1);
    expect(client.circuit).toBe('open');
    const sent = server.asked.length;
    const failure = client.send('/charge', post);
    await expect(failure).rejects.toMatchObject({ kind: 'not_taken' });
    await expect(failure).rejects.toThrow('not sent');
    expect(server.asked.length).toBe(sent);
  });

  it.each([200, 202, 400, 401, 402, 404, 409])('never opens over answers with %i', async (status) => {
    const client = http(server.url, limits);
    server.reply = () => ({ status });
    await tries(client, 10);
    expect(client.circuit).toBe('closed');
  });

  it('begins to count anew after an answer', async () => {
    const client = http(server.url, limits);
    for (const status of [500, 500, 400, 500, 500]) {
      server.reply = () => ({ status });
      await tries(client, 1);
    }
    expect(client.circuit).toBe('closed');
  });

  it('lets one request try after a while: closes when it is answered, opens again when it fails', async () => {
    const client = http(server.url, limits);
    server.reply = () => ({ status: 500 });
    await tries(client, 3);
    expect(client.circuit).toBe('open');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.circuit).toBe('half_open');
    const sent = server.asked.length;
    await tries(client, 5);
    expect(server.asked.length).toBe(sent + 1);
    expect(client.circuit).toBe('open');
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.reply = () => ({ status: 200 });
    await tries(client, 1);
    expect(client.circuit).toBe('closed');
  });
});
