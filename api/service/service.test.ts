import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webPush from 'web-push';
import { z } from 'zod';
import { cases } from '#db/schema/index';
import { eventTypes } from '#domain/events/catalogue';
import { createMetrics, serveMetrics } from '#platform/metrics/serve';
import { createApiWorld, type ApiWorld } from '#test/api-world';
import { createDependencyChecks } from './dependency-checks.ts';
import { plateOf } from '#test/plates';

/** What a document says of the answers of a path that is read. */
const document = z.object({
  paths: z.record(
    z.string(),
    z.object({
      get: z
        .object({
          parameters: z.array(z.object({ name: z.string() })).optional(),
          responses: z.record(
            z.string(),
            z.object({
              content: z
                .object({
                  'application/json': z
                    .object({
                      schema: z.object({
                        $ref: z.string().optional(),
                        properties: z.record(z.string(), z.unknown()).optional(),
                      }),
                    })
                    .optional(),
                })
                .optional(),
            }),
          ),
        })
        .optional(),
    }),
  ),
});

let world: ApiWorld;
const metrics = createMetrics('api');
beforeAll(async () => {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  const push = { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: 'mailto:us@example.com' };
  world = await createApiWorld({ MQTT_PORT: '1', SMTP_URL: 'smtp://127.0.0.1:1', ...push }, { metrics });
});
afterAll(() => world.close());

describe('events', () => {
  it('are CloudEvents, oldest first, filtered and paged', async () => {
    const { token } = await world.staff('agent');
    const names = ['First', 'Second', 'Third'];
    for (const [i, make] of names.entries()) {
      const body = {
        type: 'car',
        make,
        model: 'M',
        year: 2020,
        market: 'KE',
        price: { amount: 100, currency: 'KES' },
        registration: plateOf(i, 'KE'),
        vin: `EVEN${i}`,
      };
      await world.call('POST', '/v1/vehicles', { token, body });
    }
    interface Page {
      data: { type: string; subject: string; position: number; sequence: number; data: { make: string } }[];
      nextCursor: string | null;
    }
    const read = async (query: string) => (await world.call('GET', `/v1/events?${query}`, { token })).body as Page;
    const first = await read('type=vehicle.created&limit=2');
    const rest = await read(`type=vehicle.created&limit=2&cursor=${first.nextCursor ?? ''}`);
    expect([...first.data, ...rest.data].map(({ data }) => data.make)).toEqual(names);
    expect(rest.nextCursor).toBeNull();
    expect(first.data[0]).toMatchObject({
      specversion: '1.0',
      type: 'vehicle.created',
      datacontenttype: 'application/json',
      source: expect.any(String),
      time: expect.stringMatching(/Z$/),
      sequence: 1,
    });
    const after = (given: number) => read(`type=vehicle.created&after=${given}`);
    const place = first.data[0]?.position ?? 0;
    expect((await after(place)).data.map(({ data }) => data.make)).toEqual(names.slice(1));
    expect((await after(rest.data.at(-1)?.position ?? 0)).data).toEqual([]);
    const schemas = (await world.call('GET', '/v1/events/schemas', { token })).body as { data: unknown[] };
    expect(schemas.data).toHaveLength(eventTypes.length);
    expect(schemas.data).toContainEqual({
      type: 'user.erased',
      about: 'user',
      heardBy: ['integrators', 'staff'],
      schema: expect.objectContaining({ type: 'object', required: ['userId'] }),
    });
    const subject = first.data[1]?.subject ?? '';
    expect((await read(`subject=${subject}`)).data.map(({ data }) => data.make)).toEqual(['Second']);
    expect((await read(`leaseId=${subject}`)).data).toEqual([]);
    expect(await world.call('GET', '/v1/events?type=no.such', { token })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'type' }] },
    });
  });
});

describe('health', () => {
  it('says what is up and what is not, and remembers it for a moment', async () => {
    const first = await world.call('GET', '/health/dependencies');
    interface State {
      name: string;
      status: string;
      circuit?: string;
    }
    const report = first.body as { status: string; dependencies: State[] };
    const circuits = report.dependencies.filter(({ circuit }) => circuit !== undefined);
    expect(circuits.map(({ name, circuit }) => `${name} ${circuit}`)).toContain('africastalking closed');
    const states = Object.fromEntries(report.dependencies.map(({ name, status }) => [name, status]));
    expect(report.status).toBe('degraded');
    expect(states).toMatchObject({ postgres: 'up', temporal: 'up', mqtt: 'down', africastalking: 'up' });
    expect(states).toMatchObject({ smtp: 'down', webpush: 'up' });
    expect((await world.call('GET', '/health/dependencies')).body).toEqual(first.body);
    expect(await world.call('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'up' } });
    expect(await world.call('GET', '/health/ready')).toMatchObject({ status: 200 });
    // Nobody was reached by push for a day.
    const off = { id: uuidv7(), key: 'channel_off:push', kind: 'channel_off', detail: {} } as const;
    await world.database.db.insert(cases).values(off);
    const { dependencies } = await createDependencyChecks(world.deps)();
    expect(dependencies.find(({ name }) => name === 'webpush')).toMatchObject({ status: 'down', circuit: 'closed' });
  });
});

describe('the reference', () => {
  it('is a page that needs nobody else', async () => {
    const page = await world.call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
    );
    const linked = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, address]) => address ?? '')
      .filter((address) => !address.startsWith('data:'));
    expect(linked.length).toBeGreaterThan(3);
    for (const address of linked) {
      expect(address).toMatch(/^\//);
      expect((await world.call('GET', address)).status, address).toBe(200);
    }
    expect(String(page.body)).not.toMatch(/https?:\/\//);
  });

  it('has a limit and a cursor for every list, but for whom to ring: who was rung leaves that one', async () => {
    const lists = Object.entries(document.parse((await world.call('GET', '/openapi.json')).body).paths).flatMap(
      ([path, { get }]) => {
        const answer = get?.responses['200']?.content?.['application/json']?.schema;
        const named = answer?.$ref === undefined ? answer : undefined;
        return get !== undefined && named?.properties?.['data'] !== undefined ? [{ path, get, named }] : [];
      },
    );
    expect(lists.length).toBeGreaterThan(40);
    for (const { path, get, named } of lists) {
      expect(Object.keys(named.properties ?? {}), path).toEqual(['data', 'nextCursor']);
      expect(
        get.parameters?.map(({ name }) => name),
        path,
      ).toEqual(expect.arrayContaining(['limit', 'cursor']));
    }
  });

  it('is OpenAPI 3.1 with an id, a summary and a body for every answer', async () => {
    const { body } = await world.call('GET', '/openapi.json');
    const document = body as {
      openapi: string;
      paths: Record<string, Record<string, { summary: string; responses: Record<string, { content?: object }> }>>;
    };
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { summary, responses }] of Object.entries(methods)) {
        expect(summary, `${method} ${path}`).toBeTruthy();
        for (const [status, answer] of Object.entries(responses))
          // Another protocol goes on after 101, and 304 is what is known already.
          if (!['204', '101', '304'].includes(status))
            expect(answer.content, `${method} ${path} ${status}`).toBeDefined();
      }
    }
  });
});

describe('the metrics', () => {
  it('count by route pattern, on a port of their own, beside what probes ask', async () => {
    const life = { isReady: false };
    const server = await serveMetrics(metrics, 0, '127.0.0.1', life);
    await world.call('GET', '/v1/vehicles/0198c0de-0000-7000-8000-000000000000');
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    const text = await answer.text();
    expect(text).toMatch(/http_request_duration_seconds_count\{[^}]*route="\/v1\/vehicles\/:id"[^}]*status="404"/);
    expect(text).not.toContain('0198c0de');
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).status;
    expect(await status('/')).toBe(404);
    expect(await status('/health/live')).toBe(200);
    expect(await status('/health/ready')).toBe(503);
    life.isReady = true;
    expect(await status('/health/ready')).toBe(200);
    await server.stop();
  });
});
