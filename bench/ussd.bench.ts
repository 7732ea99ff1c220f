import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Hono } from 'hono';
import { pino } from 'pino';
import { createApp } from '#api/app';
import { seed } from '#dev/seed';
import { createEncryption } from '#platform/encryption';
import { transact } from '#use-cases/context';
import { createCustomer } from '#use-cases/identity/create-customer';
import { perSecond, startBenchDatabase, type BenchDatabase } from './world.ts';
import type { Measurement } from './run.ts';

/*
 * Steps of USSD sessions through the whole edge, each dialled by a customer who looks for a motorcycle, beside a Hono
 * app that reads the session and the customer and writes the session back, and nothing else. Beside the figure it
 * prints how long answers take while so many sessions a second are dialled.
 */
const SESSIONS = 60;
const AT_ONCE = 16;
const POOL = 10;
/** Sessions dialled a second, and for how many seconds. */
const DIALLED = 50;
const SECONDS = 4;
/** What is typed one after the other: dial, find a vehicle, motorcycle, weekly, the first, and the menu. */
const STEPS = ['', '1', '1*1', '1*1*2', '1*1*2*1', '1*1*2*1*0'];
const SECRET = 'the-secret-of-the-bench';
const PHONES = 200;

interface World {
  readonly database: BenchDatabase;
  readonly app: Pick<Hono, 'request'>;
  readonly bare: Pick<Hono, 'request'>;
}

let world: Promise<World> | undefined;
let dialled = 0;

export const name = 'USSD, steps of sessions';

export async function run(): Promise<Measurement> {
  const { app, bare } = await (world ??= startWorld());
  const ours = await steps(app, `/v1/callbacks/ussd/${SECRET}`);
  await tellLatency(app);
  return { ours, bare: await steps(bare, '/ussd'), unit: 'steps/s' };
}

export async function close(): Promise<void> {
  const { database } = (await world) ?? {};
  await database?.close();
}

const phoneOf = (number: number) => `+25677200${String(1_000 + (number % PHONES)).padStart(4, '0')}`;

async function startWorld(): Promise<World> {
  const database = await startBenchDatabase(POOL);
  const { db, sql } = database;
  await seed(db, 'rent-to-own');
  const config = {
    ...database.config,
    RATE_LIMIT_ADDRESS: 1e9,
    RATE_LIMIT_USER: 1e9,
    AFRICASTALKING_BASE_URL: 'http://localhost',
    AFRICASTALKING_USERNAME: 'bench',
    AFRICASTALKING_API_KEY: 'bench',
    AFRICASTALKING_CALLBACK_SECRET: SECRET,
  };
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  for (let number = 0; number < PHONES; number += 1) {
    const person = { phone: phoneOf(number), name: `Bench ${number}`, market: 'UG' } as const;
    await transact(db, { role: 'system', id: 'bench' }, new Date(), (context) =>
      createCustomer(context, encryption, person),
    );
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Nothing here asks Temporal.
  const temporal = new Client({ connection: Connection.lazy() });
  const app = createApp({ config, log: pino({ level: 'info' }, nowhere), db, sql, temporal, encryption });
  const bare = new Hono();
  bare.post('/ussd', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const id = `bare-${form.get('sessionId') ?? ''}`;
    const phone = encryption.hash('phone', form.get('phoneNumber') ?? '');
    const now = new Date();
    await sql`select * from ussd.sessions where id = ${id}`;
    await sql`select * from identity.users where phone_hash = ${phone}`;
    await sql`
      insert into ussd.sessions (id, phone_hash, language, created_at, updated_at)
      values (${id}, ${phone}, 'en', ${now}, ${now}) on conflict (id) do update set updated_at = excluded.updated_at`;
    return c.text('CON Rent to own');
  });
  return { database, app, bare };
}

/** One session, step after step. @returns how long each took, milliseconds */
async function session(app: Pick<Hono, 'request'>, path: string, number: number): Promise<number[]> {
  const took: number[] = [];
  for (const text of STEPS) {
    const form = { sessionId: `bench-${number}`, phoneNumber: phoneOf(number), serviceCode: '*384#', text };
    const began = performance.now();
    const answer = await app.request(path, { method: 'POST', body: new URLSearchParams(form) });
    const screen = await answer.text();
    took.push(performance.now() - began);
    if (!screen.startsWith('CON ')) throw new Error(`${text} was answered ${screen}`);
  }
  return took;
}

async function steps(app: Pick<Hono, 'request'>, path: string): Promise<number> {
  const numbers = Array.from({ length: SESSIONS }, () => (dialled += 1));
  return (await perSecond(numbers, AT_ONCE, (number) => session(app, path, number))) * STEPS.length;
}

/** Dials so many sessions a second, whether those before are over or not. */
async function tellLatency(app: Pick<Hono, 'request'>): Promise<void> {
  const running: Promise<number[]>[] = [];
  const began = performance.now();
  for (let number = 0; number < DIALLED * SECONDS; number += 1) {
    await sleep(Math.max(0, began + (number * 1_000) / DIALLED - performance.now()));
    running.push(session(app, `/v1/callbacks/ussd/${SECRET}`, (dialled += 1)));
  }
  const dialledIn = (performance.now() - began) / 1_000;
  const took = (await Promise.all(running)).flat().toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(took[Math.floor(took.length * share)] ?? 0);
  process.stdout.write(
    `USSD: ${Math.round(running.length / dialledIn)} sessions a second, ${took.length} answers: half within ${at(0.5)} ms, 99 % within ${at(0.99)} ms\n`,
  );
}
