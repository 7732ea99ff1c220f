import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { outbox } from '#db/schema/index';
import { eventually } from '#dev/client';
import { login } from '#dev/journey';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { loadConfig } from '#platform/config';
import { listen } from '#platform/listen';
import { ownDirectory } from './directory.ts';

/**
 * Webhooks under load while the worker and the relay are killed: each endpoint hears every event at least once, those of a
 * subject in their order, and none is left out. `ENDPOINTS=20 EVENTS=100 TEST_LONG=true npx vitest run test/webhook-kills`
 * is a shorter one.
 */
const ENDPOINTS = Number(process.env['ENDPOINTS'] ?? 200);
const EVENTS = Number(process.env['EVENTS'] ?? 1_000);
/** In which all of it has to be there; how much was is said then. */
const MINUTES = Number(process.env['MINUTES'] ?? 50);
const SUBJECTS = 50;
const KILLS = 5;
/** Milliseconds between two kills. */
const APART = 4_000;

let dataDir: string;
let platform: Platform;
let database: DatabaseConnection;
let server: Server;
/** What each endpoint heard first, in order of arrival: the subject and its sequence. */
const heard = new Map<string, { subject: string; sequence: number }[]>();
const ids = new Map<string, Set<string>>();

const body = z.object({ id: z.string(), type: z.string(), subject: z.string(), sequence: z.number().optional() });

beforeAll(async () => {
  dataDir = await ownDirectory('webhook-kills');
  const free = await freePorts(8);
  const ports = Object.fromEntries(Object.keys(portVariables).map((name, i) => [name, String(free[i])]));
  platform = await startPlatform({ dataDir, env: { ...ports, LOG_LEVEL: 'silent' }, log: () => {} });
  const config = loadConfig(platform.env);
  database = connectDatabase(config.DATABASE_URL, { pool: 4, name: 'test' });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      take(request.url ?? '', body.parse(JSON.parse(Buffer.concat(chunks).toString())));
      response.writeHead(204).end();
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  const api = `http://localhost:${ports['PORT']}`;
  const admin = await login({ api, simulators: '' }, 'admin@example.com', 'rent-to-own');
  for (let i = 0; i < ENDPOINTS; i += 1)
    await admin.post('/v1/webhooks', { body: { url: `http://127.0.0.1:${port}/${i}`, types: ['vehicle.released'] } });
  await eventually('every endpoint to take its test', async () => {
    const [row] = await database.sql`select count(*)::int as n from webhooks.endpoints where verified_at is not null`;
    return row?.['n'] === ENDPOINTS ? true : undefined;
  });
}, 300_000);
afterAll(async () => {
  await database.close();
  await platform.stop();
  server.closeAllConnections();
  server.close();
  await rm(dataDir, { recursive: true, force: true });
});

function take(path: string, { id, type, subject, sequence }: z.output<typeof body>): void {
  if (type !== 'vehicle.released' || sequence === undefined) return;
  const seen = ids.get(path) ?? new Set();
  ids.set(path, seen);
  if (seen.has(id)) return;
  seen.add(id);
  const list = heard.get(path) ?? [];
  heard.set(path, list);
  list.push({ subject, sequence });
}

it('every endpoint hears every event, in the order of its subject, though worker and relay are killed', async () => {
  const subjects = Array.from({ length: SUBJECTS }, () => randomUUID());
  const all = Array.from({ length: EVENTS }, (_, i) => {
    const subject = subjects[i % SUBJECTS] ?? '';
    const data = { leaseId: subject, vehicleId: subject, reason: String(i) };
    return { id: randomUUID(), type: 'vehicle.released', subject, time: new Date(), data } as const;
  });
  const part = Math.ceil(all.length / (KILLS + 1));
  const began = performance.now();
  for (let kill = 0; kill <= KILLS; kill += 1) {
    await database.db.insert(outbox).values(all.slice(kill * part, (kill + 1) * part));
    await sleep(APART);
    if (kill === KILLS) break;
    const name = kill % 3 === 2 ? 'relay' : 'worker';
    const { pid } = platform.part(name);
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
  const complete = () => [...ids.values()].filter(({ size }) => size === EVENTS).length;
  const told = () => [...ids.values()].reduce((sum, { size }) => sum + size, 0);
  try {
    await eventually('all of it', async () => (complete() === ENDPOINTS ? true : undefined), MINUTES * 60_000);
  } finally {
    const seconds = (performance.now() - began) / 1_000;
    process.stdout.write(
      `${told()} of ${ENDPOINTS * EVENTS} deliveries over ${KILLS} kills in ${seconds.toFixed(0)} s\n`,
    );
  }
  for (const [path, list] of heard)
    for (const subject of subjects) {
      const order = list.filter((one) => one.subject === subject).map(({ sequence }) => sequence);
      expect(order, `${path} ${subject}`).toEqual(order.map((_, i) => i + 1));
    }
}, 3_600_000);
