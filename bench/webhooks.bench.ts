import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, asc, count, eq, gte } from 'drizzle-orm';
import { Agent, request } from 'undici';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { deliveries, outbox } from '#db/schema/index';
import { startProcess } from '#dev/child';
import { eventually, MarketplaceClient } from '#dev/client';
import type { RunningPart } from '#dev/part';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { loadConfig } from '#platform/config';
import { createSigner, newSigningKeys } from '#providers/webhooks/signature';
import type { Measurement } from './run.ts';

/*
 * Events a second, once they are committed, from the outbox to a receiver of webhooks, by the platform as it runs: each is queued, signed, sent and
 * written down, those of a subject one after the other. Beside it a loop that sends the same messages, signed already,
 * one after the other, and keeps nothing. The receiver is a process of its own.
 */
const EVENTS = 2_000;
const SUBJECTS = 200;

interface World {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly database: DatabaseConnection;
  readonly receiver: RunningPart;
  readonly url: string;
  readonly agent: Agent;
}

let world: Promise<World> | undefined;

export const name = 'webhooks, outbox to receiver';

export async function run(): Promise<Measurement> {
  const { database, url, agent } = await (world ??= startWorld());
  const { db } = database;
  const subjects = Array.from({ length: SUBJECTS }, () => randomUUID());
  const events = Array.from({ length: EVENTS }, (_, i) => {
    const subject = subjects[i % SUBJECTS] ?? '';
    const data = { leaseId: subject, vehicleId: randomUUID(), reason: 'withdrawn' };
    return { id: randomUUID(), type: 'vehicle.released', subject, leaseId: subject, time: new Date(), data } as const;
  });
  const start = new Date();
  await db.insert(outbox).values(events);
  const began = performance.now();
  while ((await deliveredSince(database, start)) < EVENTS) await sleep(20);
  const ours = EVENTS / ((performance.now() - began) / 1_000);

  const sent = await db
    .select({ id: deliveries.eventId, body: deliveries.body })
    .from(deliveries)
    .orderBy(asc(deliveries.number))
    .limit(EVENTS);
  const sign = createSigner([newSigningKeys()]);
  const messages = await Promise.all(
    sent.map(async ({ id, body }) => ({ body, headers: await sign({ id, body }, new Date()) })),
  );
  const alone = performance.now();
  for (const { body, headers } of messages) {
    const json = { 'content-type': 'application/json', ...headers };
    const answer = await request(`${url}/bare`, { method: 'POST', headers: json, body, dispatcher: agent });
    await answer.body.dump();
  }
  return { ours, bare: EVENTS / ((performance.now() - alone) / 1_000), unit: 'events/s' };
}

export async function close(): Promise<void> {
  if (world === undefined) return;
  const { platform, dataDir, database, receiver, agent } = await world;
  await agent.close();
  await database.close();
  await platform.stop();
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function deliveredSince({ db }: DatabaseConnection, start: Date): Promise<number> {
  const ours = and(eq(deliveries.status, 'delivered'), gte(deliveries.createdAt, start));
  const [row] = await db.select({ count: count() }).from(deliveries).where(ours);
  return row?.count ?? 0;
}

async function startWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-bench-'));
  const [port, ...free] = await freePorts(9);
  const ports = Object.fromEntries(Object.keys(portVariables).map((variable, i) => [variable, String(free[i])]));
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const env = { ...ports, WEBHOOK_ALLOW_PRIVATE: 'true', LOG_LEVEL: 'error' };
  const platform = await startPlatform({ dataDir, env, log: () => {} });
  const file = join(import.meta.dirname, 'webhooks', 'receiver.ts');
  const receiver = await startProcess({ name: 'receiver', file, env: { RECEIVER_PORT: `${port}` }, dataDir, log });
  const config = loadConfig(platform.env);
  const api = `http://127.0.0.1:${config.PORT}`;
  const login = { email: 'admin@example.com', password: 'rent-to-own' };
  const { accessToken } = await new MarketplaceClient(api).post('/v1/auth/login', { body: login });
  const admin = new MarketplaceClient(api, accessToken);
  const url = `http://127.0.0.1:${port}`;
  const { id } = await admin.post('/v1/webhooks', { body: { url, types: ['vehicle.released'] } });
  await eventually('the endpoint to take its test', async () => {
    const { verifiedAt } = await admin.get('/v1/webhooks/{id}', { path: { id } });
    return verifiedAt ?? undefined;
  });
  const database = connectDatabase(config.DATABASE_URL, { pool: 4, name: 'bench' });
  return { platform, dataDir, database, receiver, url, agent: new Agent() };
}
