import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listOf, shapes } from '#dev/client';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/**
 * Bad input to every route that takes JSON, made from the served OpenAPI document: a new route is covered
 * by being mounted. Each fault is answered with a problem that names the field, and changes nothing.
 */
type Schema = {
  readonly type?: string | readonly string[] | undefined;
  readonly $ref?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly format?: string | undefined;
  readonly items?: Schema | undefined;
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
};
const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    $ref: z.string().optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    enum: z.array(z.unknown()).optional(),
    format: z.string().optional(),
    items: schema.optional(),
    minimum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    anyOf: z.array(schema).optional(),
  }),
);
const operation = z.object({
  'x-roles': z.array(z.enum(['customer', 'agent', 'admin'])).optional(),
  requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema }).optional() }) }).optional(),
});
const document = z.object({
  components: z.object({ schemas: z.record(z.string(), schema) }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

interface Route {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body: Schema;
}

let platform: TestPlatform;
let routes: Route[];
let components: Readonly<Record<string, Schema>>;
/** Objects that are there, by the part of the path before `{id}`. */
let objects: Readonly<Record<string, string>>;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { admin, agent } = await cast(platform);
  const customer = await newCustomer(platform);
  const lease = await leaseIn('active', customer, { admin, agent });
  const { data: payments } = await customer.client.get(`/v1/payments?leaseId=${lease.id}`, listOf(shapes.payment));
  const { data: plans } = await admin.get('/v1/plans', listOf(shapes.plan));
  const login = async (email: string) => {
    const answer = await send('POST', '/v1/auth/login', { email, password: 'rent-to-own' });
    return z.object({ accessToken: z.string(), user: z.object({ id: z.string() }) }).parse(answer.body);
  };
  const [boss, hand] = [await login('admin@example.com'), await login('agent@example.com')];
  objects = {
    '/v1/leases': lease.id,
    '/v1/payments': payments[0]?.id ?? '',
    '/v1/vehicles': lease.vehicleId,
    '/v1/plans': plans[0]?.id ?? '',
    '/v1/users': customer.id,
    '/v1/agents': hand.user.id,
  };
  const served = document.parse((await send('GET', '/openapi.json')).body);
  components = served.components.schemas;
  routes = Object.entries(served.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { 'x-roles': roles, requestBody }]) => {
      const body = requestBody?.content['application/json']?.schema;
      if (body === undefined) return [];
      const token =
        roles === undefined
          ? undefined
          : path.startsWith('/v1/agents') && roles.includes('agent')
            ? hand.accessToken
            : roles.includes('admin')
              ? boss.accessToken
              : customer.token;
      return [{ method: method.toUpperCase(), path, token, body: resolve(body) }];
    }),
  );
});
afterAll(() => platform.close());

const resolve = (one: Schema): Schema => {
  const name = one.$ref?.split('/').at(-1);
  return name === undefined ? one : resolve(components[name] ?? {});
};

async function send(method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(platform.url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    requestId: response.headers.get('x-request-id'),
    body: text === '' ? null : (JSON.parse(text) as unknown),
  };
}

/** A value that fits the schema, as far as the document tells. */
function sample(of: Schema): unknown {
  const one = resolve(of);
  if (one.anyOf !== undefined) return sample(one.anyOf[0] ?? {});
  if (one.enum !== undefined) return one.enum[0];
  const type = Array.isArray(one.type) ? one.type[0] : one.type;
  switch (type) {
    case 'object':
      return Object.fromEntries((one.required ?? []).map((name) => [name, sample(one.properties?.[name] ?? {})]));
    case 'array':
      return [sample(one.items ?? {})];
    case 'integer':
    case 'number':
      return Math.max(1, one.minimum ?? 1);
    case 'boolean':
      return true;
    default:
      if (one.format === 'uuid') return randomUUID();
      if (one.format === 'date') return '2027-01-01';
      if (one.format === 'date-time') return new Date().toISOString();
      if (one.format === 'email') return 'x@example.com';
      return 'x';
  }
}

interface Fault {
  readonly what: string;
  readonly path: string;
  readonly body: unknown;
}

/** Every fault of a body: a field that is missing, of a wrong type, unknown; and of money, what is no sum. */
function faultsOf(body: Schema): Fault[] {
  const good = sample(body) as Record<string, unknown>;
  const faults: Fault[] = [{ what: 'an unknown field', path: 'nobodyKnows', body: { ...good, nobodyKnows: 1 } }];
  for (const name of body.required ?? []) {
    const { [name]: _gone, ...rest } = good;
    faults.push({ what: 'missing', path: name, body: rest });
  }
  for (const [name, of] of Object.entries(body.properties ?? {})) {
    const one = resolve(of);
    const isText = one.type === 'string' && one.enum === undefined;
    faults.push({ what: 'of a wrong type', path: name, body: { ...good, [name]: isText ? { a: 1 } : 'a\u0000b' } });
    if (isText) faults.push({ what: 'with control characters', path: name, body: { ...good, [name]: 'a\u0007b' } });
    if (isText) faults.push({ what: 'too long', path: name, body: { ...good, [name]: 'x'.repeat(20_000) } });
    if (one.properties?.['currency'] === undefined || one.properties['amount'] === undefined) continue;
    for (const amount of [-1, 0, 1.5, 2 ** 53, '100', null])
      faults.push({
        what: `a sum of ${JSON.stringify(amount)}`,
        path: `${name}.amount`,
        body: { ...good, [name]: { amount, currency: 'UGX' } },
      });
    faults.push({
      what: 'a currency of nowhere',
      path: `${name}.currency`,
      body: { ...good, [name]: { amount: 1, currency: 'XXX' } },
    });
  }
  return faults;
}

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.literal(400),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string().min(1) })).min(1),
});

/** What a change would leave behind, in every capability. */
async function traces(): Promise<unknown> {
  const tables = ['events.audit', 'ledger.entries', 'payments.attempts', 'payments.remittances', 'leases.leases'];
  const more = ['vehicles.vehicles', 'vehicles.plans', 'identity.users', 'payments.methods', 'kyc.submissions'];
  const counts = [...tables, ...more].map((table) => `select '${table}' as name, count(*)::int as rows from ${table}`);
  return [...(await platform.database.db.execute(sql.raw(counts.join(' union all '))))];
}

describe('bad input', () => {
  it('to any route names the field, and changes nothing', { timeout: 120_000 }, async () => {
    expect(routes.length).toBeGreaterThan(30);
    const before = await traces();
    const wrong: string[] = [];
    let tried = 0;
    for (const { method, path, token, body } of routes) {
      const [collection = ''] = path.split('/{');
      const hasObject = !path.includes('{') || objects[collection] !== undefined;
      const address = path.replace('{id}', objects[collection] ?? randomUUID()).replaceAll(/\{\w+\}/g, randomUUID());
      for (const fault of hasObject ? faultsOf(body) : []) {
        const answer = await send(method, address, fault.body, token);
        tried += 1;
        const parsed = problem.safeParse(answer.body);
        const named = parsed.data?.errors.some((error) => `${error.path}.`.startsWith(`${fault.path}.`));
        const isGood =
          named === true && answer.type === 'application/problem+json' && parsed.data?.requestId === answer.requestId;
        if (!isGood)
          wrong.push(`${method} ${path}: ${fault.path} ${fault.what}: ${answer.status} ${JSON.stringify(answer.body)}`);
      }
      if (!hasObject) continue;
      const garbled = await send(method, address, '{"a":', token);
      if (garbled.status !== 400) wrong.push(`${method} ${path}: bad JSON: ${garbled.status}`);
    }
    expect(wrong.map((line) => line.slice(0, 300))).toEqual([]);
    expect(tried).toBeGreaterThan(200);
    expect(await traces()).toEqual(before);
  });
});
