import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { roles, type Role } from '#domain/identity/roles';
import { call, createApiWorld, type ApiWorld, type Person } from '#test/api-world';

/**
 * Walks every route of the OpenAPI document, whoever wrote it: a new route is covered by being mounted.
 */
const operation = z.object({
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  'x-roles': z.array(z.enum(roles)).optional(),
  requestBody: z
    .object({ content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })) })
    .optional(),
});
const document = z.object({
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});
type Route = z.infer<typeof operation> & { readonly method: string; readonly path: string; readonly name: string };

/** Without a token: the catalogue, the notice, logging in, health, keys, callbacks; and who holds a statement verifies it. */
const open = [
  /^GET \/v1\/(vehicles|plans)(\/\{id\})?$/,
  /^GET \/v1\/vehicles\/(\{id\}\/quote|facets)$/,
  /^GET \/v1\/photos\/\{hash\}$/,
  /^GET \/v1\/kyc\/notice$/,
  /^GET \/v1\/(statements|verify)\/\{code\}$/,
  /^POST \/v1\/auth\/(register|otp|otp\/verify|login|refresh)$/,
  /^(POST|PUT) \/v1\/callbacks\/[^/]+\/\{secret\}(\/(validation|timeout|status))?$/,
  /^GET \/health\/(live|ready|dependencies)$/,
  /^GET \/\.well-known\/jwks\.json$/,
];

let world: ApiWorld;
let routes: Route[];
let schemas: Record<string, Record<string, unknown>>;
let people: Record<Role, Person>;

beforeAll(async () => {
  world = await createApiWorld();
  people = { customer: await world.customer(), agent: await world.staff('agent'), admin: await world.staff('admin') };
  const { paths, components } = document.parse((await world.call('GET', '/openapi.json')).body);
  schemas = components.schemas;
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, facts]) => ({
      ...facts,
      method: method.toUpperCase(),
      path,
      name: `${method.toUpperCase()} ${path}`,
    })),
  );
});
afterAll(() => world.close());

const addressOf = (path: string) => path.replaceAll(/\{[^}]+\}/g, '0198c0de-0000-7000-8000-000000000000');

/** A request whose input is wrong in every way, so that what is answered shows what is checked first. */
const ask = ({ method, path }: Route, token?: string) => {
  return call(world.url, method, addressOf(path), {
    token,
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{"nobody knows": "this field"' }),
  });
};

const problem = z.strictObject({
  type: z.string().min(1),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string(),
  code: z.string().min(1),
  requestId: z.string().min(1),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});

function expectProblem({ status, headers, body }: Awaited<ReturnType<typeof ask>>, name: string): void {
  expect(headers.get('content-type'), name).toContain('application/problem+json');
  const parsed = problem.safeParse(body);
  expect(parsed.error, name).toBeUndefined();
  expect(parsed.data?.status, name).toBe(status);
  expect(parsed.data?.requestId, name).toBe(headers.get('x-request-id'));
}

function expectSafeHeaders(headers: Headers, name: string): void {
  expect(headers.get('strict-transport-security'), name).toContain('max-age=');
  expect(headers.get('x-content-type-options'), name).toBe('nosniff');
  expect(headers.get('content-security-policy'), name).toContain("frame-ancestors 'none'");
  expect(headers.get('referrer-policy'), name).toBe('no-referrer');
}

describe('every route', () => {
  it('is either open or wants a token', () => {
    expect(routes.length).toBeGreaterThan(25);
    for (const { name, security } of routes)
      expect(security === undefined, name).toBe(open.some((pattern) => pattern.test(name)));
  });

  it('answers 401 without a token, and with one that is not ours, before it looks at the input', async () => {
    for (const route of routes.filter(({ security }) => security !== undefined)) {
      for (const token of [undefined, 'eyJhbGciOiJub25lIn0.e30.', people.admin.refreshToken]) {
        const answer = await ask(route, token);
        expect(answer.status, route.name).toBe(401);
        expect(answer.headers.get('www-authenticate'), route.name).toBe('Bearer');
        expectProblem(answer, route.name);
        expectSafeHeaders(answer.headers, route.name);
      }
    }
  });

  it('answers 403 to every other role than those it names, before it looks at the input', async () => {
    for (const route of routes.filter(({ security }) => security !== undefined)) {
      expect(route['x-roles']?.length, route.name).toBeGreaterThan(0);
      for (const role of roles.filter((one) => route['x-roles']?.includes(one) === false)) {
        const answer = await ask(route, people[role].token);
        expect(answer.status, `${route.name} as ${role}`).toBe(403);
        expectProblem(answer, route.name);
        expectSafeHeaders(answer.headers, route.name);
      }
    }
  });

  it('never answers with a fault of ours to input that is wrong, and always with safe headers', async () => {
    for (const route of routes.filter(({ name }) => !/logout|DELETE \/v1\/me/.test(name))) {
      const [role = 'admin'] = route['x-roles'] ?? ['admin'];
      const answer = await ask(route, people[role].token);
      expect(answer.status, route.name).toBeLessThan(500);
      if (answer.status >= 400) expectProblem(answer, route.name);
      expectSafeHeaders(answer.headers, route.name);
    }
  });

  it('refuses a parameter that it does not know where something is done', async () => {
    for (const { method, path, name, requestBody, ...route } of routes) {
      if (path.startsWith('/v1/callbacks/') || method === 'GET') continue;
      const [role = 'admin'] = route['x-roles'] ?? ['admin'];
      const isForm = requestBody?.content['multipart/form-data'] !== undefined;
      const form = { body: '--x--\r\n', headers: { 'content-type': 'multipart/form-data; boundary=x' } };
      const answer = await world.call(method, `${addressOf(path)}?dryRun=true`, {
        token: people[role].token,
        key: 'one-too-many',
        ...(isForm ? form : requestBody === undefined ? {} : { body: {} }),
      });
      // What names nobody's object is told before its input is looked at.
      if (answer.status === 404) continue;
      const told = JSON.stringify(answer.body);
      expect(answer.status, `${name}: ${told}`).toBe(400);
      expect(told, name).toContain('{"path":"dryRun","message":"is not a field of this request"}');
    }
    expect(await world.call('GET', '/v1/verify/0123456789abcdefghij?fbclid=x')).toMatchObject({ status: 404 });
  });

  it('refuses unknown fields in every JSON object that it takes', () => {
    for (const { name, requestBody } of routes) {
      const given = requestBody?.content['application/json']?.schema;
      if (given === undefined) continue;
      const schema = '$ref' in given ? (schemas[String(given['$ref']).split('/').at(-1) ?? ''] ?? {}) : given;
      expect(schema['additionalProperties'], name).toBe(false);
    }
  });

  it('is for admins alone where that is said here', () => {
    const adminAlone =
      /^(GET|POST|PATCH|DELETE) \/v1\/(users(?!\/\{id\}\/pin)|ledger|webhooks)|^(POST|PATCH) \/v1\/plans|^POST \/v1\/reconciliations$|\/write-off$/;
    for (const { name, 'x-roles': named } of routes) if (adminAlone.test(name)) expect(named, name).toEqual(['admin']);
  });
});

describe('what is no route', () => {
  it('answers 404 and 405 as problems with safe headers', async () => {
    const missing = await world.call('GET', '/v1/nothing-here');
    expect(missing.status).toBe(404);
    expectProblem(missing, '404');
    expectSafeHeaders(missing.headers, '404');

    const other = await world.call('PUT', '/v1/vehicles/0198c0de-0000-7000-8000-000000000000');
    expect(other.status).toBe(405);
    expect(other.headers.get('allow')).toBe('DELETE, GET, HEAD, PATCH');
    expectProblem(other, '405');
    expectSafeHeaders(other.headers, '405');
  });
});
