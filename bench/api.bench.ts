import { Writable } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { Hono } from 'hono';
import { pino } from 'pino';
import { createApp } from '#api/app';
import { seed } from '#dev/seed';
import { createEncryption } from '#platform/encryption';
import { perSecond, startBenchDatabase, type BenchDatabase } from './world.ts';
import type { Measurement } from './run.ts';

/*
 * `GET /v1/vehicles` of the whole edge (request ids, access log, security headers, CORS, both rate limits, a
 * validated query, the look whether what is kept still holds) beside a Hono app with one route that sends the statement
 * of the page with the bare driver and answers with its rows. Both are asked without a socket, so that no client and no HTTP
 * parser, which are the same for both, make the difference look smaller.
 */
const REQUESTS = 1_500;
const AT_ONCE = 16;
const POOL = 10;

interface World {
  readonly database: BenchDatabase;
  readonly app: Pick<Hono, 'request'>;
  readonly bare: Pick<Hono, 'request'>;
}

let world: Promise<World> | undefined;

export const name = 'API, a page of vehicles';

export async function run(): Promise<Measurement> {
  const { app, bare } = await (world ??= startWorld());
  return { ours: await answers(app, '/v1/vehicles'), bare: await answers(bare, '/vehicles'), unit: 'requests/s' };
}

export async function close(): Promise<void> {
  const { database } = (await world) ?? {};
  await database?.close();
}

async function startWorld(): Promise<World> {
  const database = await startBenchDatabase(POOL);
  const { db, sql } = database;
  await seed(db, 'rent-to-own');
  const config = {
    ...database.config,
    RATE_LIMIT_ADDRESS: 1e9,
    RATE_LIMIT_USER: 1e9,
    // Nothing here sends a text.
    AFRICASTALKING_BASE_URL: 'http://localhost',
    AFRICASTALKING_USERNAME: 'bench',
    AFRICASTALKING_API_KEY: 'bench',
  };
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const app = createApp({
    config,
    log: pino({ level: 'info' }, nowhere),
    db,
    sql,
    // Nothing here asks Temporal.
    temporal: new Client({ connection: Connection.lazy() }),
    encryption: createEncryption(config.ENCRYPTION_KEYS),
  });
  const bare = new Hono();
  bare.get('/vehicles', async (c) => {
    const limit = 20;
    const rows = await sql<{ readonly key: string }[]>`
      select *, (extract(epoch from created_at) * 1000)::text as key from vehicles.vehicles
      where retired_at is null order by created_at desc, id desc limit ${limit + 1}`;
    return c.json({ data: rows.slice(0, limit), nextCursor: rows[limit - 1]?.key ?? null });
  });
  return { database, app, bare };
}

function answers(app: Pick<Hono, 'request'>, path: string): Promise<number> {
  return perSecond(
    Array.from({ length: REQUESTS }, () => path),
    AT_ONCE,
    async (address) => {
      const answer = await app.request(address);
      const body = await answer.text();
      if (answer.status !== 200 || body.length < 2_000)
        throw new Error(`${address} answered ${answer.status}: ${body}`);
    },
  );
}
