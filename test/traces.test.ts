import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { startProcess } from '#dev/child';
import { eventually, MarketplaceClient } from '#dev/client';
import { login } from '#dev/journey';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { SimulatorClient } from '#dev/simulator-client';
import { loadConfig } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { startTestServer, type TestServer } from '#providers/test-server';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { ownDirectory } from './directory.ts';
import { createFleet, startFleet, type FleetLease } from './fleet.ts';

/** Processes as they are deployed, with a collector that takes their spans as any other does. */
const DAY = 86_400_000;
const PHONE = '+256772000100';

const value = z.union([
  z.object({ stringValue: z.string() }).transform((one) => one.stringValue),
  z.object({ intValue: z.coerce.number() }).transform((one) => one.intValue),
  z.object({ doubleValue: z.number() }).transform((one) => one.doubleValue),
  z.object({ boolValue: z.boolean() }).transform((one) => one.boolValue),
]);
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((all) => Object.fromEntries(all.map((one) => [one.key, one.value])));
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  name: z.string(),
  attributes,
  links: z.array(z.object({ traceId: z.string() })).default([]),
  status: z.object({ code: z.number().default(0) }).default({ code: 0 }),
});
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});
type Span = z.infer<typeof span> & { readonly process: unknown };

let platform: Platform;
let dataDir: string;
let database: TestDatabase;
let temporal: Client;
let collector: TestServer;
let lease: FleetLease;
let place: { readonly api: string; readonly simulators: string };

beforeAll(async () => {
  dataDir = await ownDirectory('traces');
  database = await createTestDatabase();
  collector = await startTestServer();
  collector.reply = () => ({ status: 200, body: {} });
  const free = await freePorts(8);
  const env = {
    ...Object.fromEntries(Object.keys(portVariables).map((name, i) => [name, String(free[i])])),
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TASK_QUEUE_PREFIX: `traces${randomUUID().slice(0, 8)}-`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '1',
    LOG_LEVEL: 'info',
  };
  platform = await startPlatform({ dataDir, env, log: () => {} });
  place = { api: platform.urls.api, simulators: platform.urls.simulators ?? '' };
  const config = loadConfig(platform.env);
  temporal = await connectTemporal(config);
  const fleet = await createFleet(database.db, config, [{ provider: 'mtn', market: 'UG', phone: PHONE }]);
  await startFleet(temporal, config, fleet);
  const [first] = fleet;
  if (first === undefined) throw new Error('a fleet of none');
  lease = first;
});
afterAll(async () => {
  await temporal.connection.close();
  await platform.stop();
  await collector.close();
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

function spans(): Span[] {
  return collector.asked.flatMap(({ body }) =>
    exported
      .parse(JSON.parse(body))
      .resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap((scope) =>
          scope.spans.map((one) => ({ ...one, process: resource.attributes['service.name'] })),
        ),
      ),
  );
}

/** Waits for a trace that has a span of each of these names, and gives it. */
function traceWith(isIts: (all: readonly Span[]) => boolean, ...names: readonly string[]): Promise<readonly Span[]> {
  let seen: string[] = [];
  return eventually(`a trace with ${names.join(', ')}`, () => {
    const all = spans();
    const traces = [...new Set(all.map(({ traceId }) => traceId))].map((id) => all.filter((one) => one.traceId === id));
    seen = traces.find(isIts)?.map(({ name }) => name) ?? [];
    return Promise.resolve(
      traces.find((all) => isIts(all) && names.every((name) => all.some((one) => one.name === name))),
    );
  }).catch((error: unknown) => {
    throw new Error(`seen were ${seen.join(', ')}`, { cause: error });
  });
}

/** The names from a span up to the first of its trace, each with its process. */
function wayTo(trace: readonly Span[], name: string): string[] {
  const way: string[] = [];
  for (let at = trace.find((one) => one.name === name); at !== undefined;) {
    way.unshift(`${String(at.process).replace('rent-to-own-', '')}: ${at.name}`);
    const { parentSpanId } = at;
    at = trace.find((one) => one.spanId === parentSpanId);
  }
  return way;
}

const linesOf = (process: string) => readFileSync(join(dataDir, 'logs', `${process}.log`), 'utf8').split('\n');
const decided = z.object({ decision: z.string(), leaseId: z.string(), traceId: z.string() });

/** What the log says was decided about money in a trace. */
const decisionsOf = (traceId: string) =>
  ['worker', 'api']
    .flatMap(linesOf)
    .filter((line) => line.includes('"decision"') && line.includes(traceId))
    .map((line) => decided.parse(JSON.parse(line)))
    .toSorted((a, b) => a.decision.localeCompare(b.decision));

async function customer(): Promise<string> {
  const visitor = new MarketplaceClient(place.api);
  await visitor.post('/v1/auth/otp', { body: { phone: PHONE } });
  const code = await eventually('the code', async () => {
    const { data } = await new SimulatorClient(place.simulators).get('/sms', { query: { to: PHONE } });
    return /\b(\d{6})\b/.exec(data[0]?.body ?? '')?.[1];
  });
  return (await visitor.post('/v1/auth/otp/verify', { body: { phone: PHONE, code } })).accessToken;
}

it('a payment is one trace, from the request through the worker and the provider to its callback', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const { leaseId } = lease.state.application;
  const answer = await fetch(`${place.api}/v1/leases/${leaseId}/pay`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await customer()}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      'x-request-id': 'a-payment',
    },
    body: JSON.stringify({ amount: { amount: 5_000, currency: 'UGX' } }),
  });
  expect(answer.status).toBeLessThan(300);
  const route = 'POST /v1/leases/:id/pay';
  const trace = await traceWith(
    ([first]) => first?.traceId === traceId,
    route,
    'activity collect',
    'mtn POST /collection/v1_0/requesttopay',
    'callback mtn',
    'update leases.schedule_lines',
  );
  const request = trace.find(({ name }) => name === route);
  expect(request?.parentSpanId).toBe('b7ad6b7169203331');
  expect(answer.headers.get('traceparent')).toBe(`00-${traceId}-${request?.spanId}-01`);

  const toTheWorkflow = [`api: ${route}`, 'api: update pay', 'worker: handle update pay'];
  expect(wayTo(trace, 'activity requestPayment')).toEqual([...toTheWorkflow, 'worker: activity requestPayment']);
  const collecting = [...toTheWorkflow, 'worker: activity collect'];
  expect(wayTo(trace, 'mtn POST /collection/v1_0/requesttopay')).toEqual([
    ...collecting,
    'worker: mtn POST /collection/v1_0/requesttopay',
  ]);
  expect(wayTo(trace, 'callback mtn')).toEqual([...collecting, 'api: callback mtn']);
  // Whoever hears it first books it: the callback, or the worker that asks the provider.
  const booking = (process: string) => [`${process}: transaction`, `${process}: update leases.schedule_lines`];
  expect([
    [...collecting, 'api: callback mtn', ...booking('api')],
    [...collecting, ...booking('worker')],
  ]).toContainEqual(wayTo(trace, 'update leases.schedule_lines'));
  // The provider knows nothing of our trace: its request has its own, which is linked.
  const [called] = trace.filter(({ name }) => name === 'callback mtn').flatMap(({ links }) => links);
  await traceWith(([first]) => first?.traceId === called?.traceId, 'POST /v1/callbacks/:provider/:secret');

  const lines = linesOf('api');
  expect(lines.find((line) => line.includes('"a-payment"'))).toContain(`"traceId":"${traceId}"`);
  const decisions = ['ledger.receipt', 'payment.completed', 'payment.requested'];
  expect(decisionsOf(traceId)).toEqual(decisions.map((decision) => ({ decision, leaseId, traceId })));
});

it('what a lease collects by itself is one trace, of which the callback is', async () => {
  await fastForward(temporal, leaseWorkflowId(lease.state.application.leaseId), 8 * DAY);
  const trace = await traceWith(
    (all) => all.some(({ name, parentSpanId }) => name === 'activity collect' && parentSpanId === ''),
    'mtn POST /collection/v1_0/requesttopay',
    'callback mtn',
  );
  expect(wayTo(trace, 'callback mtn')).toEqual(['worker: activity collect', 'api: callback mtn']);
});

it('what a tracker says goes on to the lease of its vehicle', async () => {
  const agent = await login(place, 'agent@example.com', 'rent-to-own');
  const body = { vehicleId: await vehicleOf(agent), kind: 'native' } as const;
  const { username, password, topics } = await agent.post('/v1/trackers', { body });
  const options = { username, password, protocolVersion: 4, reconnectPeriod: 0 } as const;
  const client = await mqtt.connectAsync(platform.urls.mqtt, options);
  const said = { ts: Date.now(), seq: 1, lat: 0.32, lon: 32.58, speedKph: 0, alarms: ['powerCut'] };
  await client.publishAsync(topics.telemetry, JSON.stringify(said), { qos: 1 });
  await client.endAsync();
  const handled = 'handle signal riskDetected';
  const trace = await traceWith((all) => all.some(({ name }) => name === handled), 'telemetry batch', handled);
  expect(wayTo(trace, handled)).toEqual([
    'telematics: telemetry batch',
    'worker: event telematics.risk.detected',
    'worker: signal riskDetected',
    `worker: ${handled}`,
  ]);
});

async function vehicleOf(agent: MarketplaceClient): Promise<string> {
  const { leaseId } = lease.state.application;
  return (await agent.get('/v1/leases/{id}', { path: { id: leaseId } })).vehicleId;
}

it('no span tells of a person: neither a phone, a name, a place nor the text of a statement', () => {
  const all = spans();
  const keys = new Set(all.flatMap(({ attributes: had }) => Object.keys(had)));
  expect([...keys].toSorted()).toEqual([
    'actor.role',
    'db.collection.name',
    'db.operation.name',
    'db.system.name',
    'event.reader',
    'event.type',
    'http.request.method',
    'http.response.status_code',
    'http.route',
    'messages',
    'peer.service',
    'temporal.attempt',
    'temporal.run.id',
    'temporal.workflow.id',
    'temporal.workflow.type',
  ]);
  const text = JSON.stringify(all);
  for (const personal of [PHONE.slice(1), PHONE.slice(4), 'Amina', '0.32', '$1', 'select *'])
    expect(text).not.toContain(personal);
  // An id has letters: so many digits in a row are a number of somebody.
  for (const { name } of all) expect(name).not.toMatch(/\d{6}/);
});

it('off, nothing of OpenTelemetry but its interface is loaded', async () => {
  const directory = join(dataDir, 'loaded');
  mkdirSync(directory);
  const hook = join(dataDir, 'hook.cjs');
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync(process.env.LOADED, Object.keys(require.cache).join('\\n')));`,
  );
  const loaded = async (name: string, endpoint: string) => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...off } = platform.env;
    const LOADED = join(directory, name);
    const env = {
      ...off,
      ...(endpoint === '' ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
      NODE_OPTIONS: `--require ${hook}`,
      LOADED,
    };
    const relay = await startProcess({ name, file: 'workers/relay.ts', env, dataDir, log: () => {} });
    await relay.stop();
    const packages = /node_modules\/(@opentelemetry\/[\w-]+)/g;
    return new Set(Array.from(readFileSync(LOADED, 'utf8').matchAll(packages), ([, name]) => name));
  };
  expect(await loaded('on', collector.url)).toContain('@opentelemetry/sdk-trace-base');
  expect([...(await loaded('off', ''))].filter((name) => name !== '@opentelemetry/api')).toEqual([]);
  expect(readdirSync(directory)).toHaveLength(2);
});
