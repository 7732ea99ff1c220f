import { createServer, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ApiError, MarketplaceClient } from './client.ts';
import { portOf } from '#platform/listen';

type Said = readonly [status: number, body: unknown, headers?: Record<string, string>];

/** A server that answers what a test says, in turn, and keeps what it was asked. */
const asked: { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
let answers: Said[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { method, url, headers } = request;
    asked.push({ line: `${method} ${url}`, headers, body: Buffer.concat(parts).toString() });
    const [status, body, more = {}] = answers.shift() ?? [404, {}];
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
});
let client: MarketplaceClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  client = new MarketplaceClient(`http://127.0.0.1:${portOf(server)}`).as('a token');
});
beforeEach(() => void asked.splice(0));
afterAll(() => server.close());

it('puts parts into the path and the query, and the token into the header', async () => {
  answers = [[200, { id: 'one/two' }]];
  const path = { id: 'one/two' };
  expect(await client.get('/v1/vehicles/{id}/quote', { path, query: { planId: 'a&b' } })).toEqual({ id: 'one/two' });
  expect(asked[0]).toMatchObject({
    line: 'GET /v1/vehicles/one%2Ftwo/quote?planId=a%26b',
    headers: { authorization: 'Bearer a token' },
    body: '',
  });
  expect(asked[0]?.headers['idempotency-key']).toBeUndefined();
});

it('asks again by the same key while it goes on or nobody takes it', async () => {
  const goesOn = { status: 'under_way', lookAt: '/v1/leases/1', detail: 'it goes on' };
  answers = [
    [202, goesOn, { 'retry-after': '0' }],
    [503, { code: 'unavailable' }, { 'retry-after': '0' }],
    [200, { status: 'active' }],
    [200, { status: 'paused' }],
  ];
  const path = { id: '1' };
  expect((await client.post('/v1/leases/{id}/resume', { path })).status).toBe('active');
  const again = asked[0]?.headers['idempotency-key'];
  await client.post('/v1/leases/{id}/resume', { path, key: String(again) });
  expect(asked.map(({ headers }) => headers['idempotency-key'])).toEqual([again, again, again, again]);
  expect(asked.map(({ body }) => body)).toEqual(['{}', '{}', '{}', '{}']);
});

it('throws what was refused, with its code and its fields', async () => {
  const errors = [{ path: 'body.name', message: 'is too long' }];
  const problem = { 'content-type': 'application/problem+json' };
  answers = [
    [400, { code: 'invalid_input', errors }, problem],
    [502, 'a proxy is down'],
  ];
  const refused = await client.patch('/v1/me', { body: { name: 'N' } }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ApiError);
  expect(refused).toMatchObject({ status: 400, code: 'invalid_input', errors });
  await expect(client.get('/v1/me')).rejects.toMatchObject({ status: 502, code: '', errors: [] });
});

it('answers nothing where there is nothing, and sends as it is what no type allows', async () => {
  answers = [
    [204, undefined],
    [200, { data: [] }],
  ];
  expect(await client.post('/v1/auth/logout')).toBeUndefined();
  expect(await client.send('GET', '/v1/payments?status=lost')).toEqual({ data: [] });
  expect(asked.map(({ line }) => line)).toEqual(['POST /v1/auth/logout', 'GET /v1/payments?status=lost']);
});

/** Held by the compiler alone: each of these lines would be an error where the types were too wide. */
export async function wrong(): Promise<void> {
  const path = { id: '1' };
  // @ts-expect-error there is no such path
  await client.get('/v1/lease/{id}', { path });
  // @ts-expect-error its path has a part
  await client.get('/v1/leases/{id}');
  // @ts-expect-error the part is called id
  await client.get('/v1/leases/{id}', { path: { leaseId: '1' } });
  // @ts-expect-error there is no such filter
  await client.get('/v1/leases', { query: { colour: 'red' } });
  // @ts-expect-error nor such a status
  await client.get('/v1/leases', { query: { status: 'lost' } });
  // @ts-expect-error a field is missing
  await client.post('/v1/leases/{id}/sign', { path, body: {} });
  // @ts-expect-error a field is nobody's
  await client.post('/v1/leases/{id}/sign', { path, body: { name: 'N', age: 3 } });
  // @ts-expect-error the answer has no such field
  void (await client.get('/v1/leases/{id}', { path })).colour;
  // @ts-expect-error what is under way is waited for
  void (await client.post('/v1/leases/{id}/resume', { path })).lookAt;
}
