import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { SimulatorClient } from '#dev/simulator-client';
import { loadConfig, type Config } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { createFleet, startFleet, type FleetLease } from '#test/fleet';
import { perSecond } from './world.ts';
import type { Measurement } from './run.ts';

/*
 * The platform as it runs, over sockets, with leases whose workflows run: shared by the benchmarks of what one payment
 * takes from outside to the books. Beside each `GET /v1/me` of an agent: the whole edge with one read.
 */
const LEASES = 40;
/** Payments of one measurement, for each client at most so many: one alone would take the time of all the others. */
const PAYMENTS = 240;
const OF_ONE = 60;

interface World {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly config: Config;
  readonly database: DatabaseConnection;
  readonly fleet: readonly FleetLease[];
  readonly token: string;
}

let world: Promise<World> | undefined;
let closing: Promise<void> | undefined;

const paymentsOf = (atOnce: number) => Array.from({ length: Math.min(PAYMENTS, OF_ONE * atOnce) }, (_, i) => i);

/** `POST /v1/payments/cash` by so many clients of one agent, from the request to the answer: it is in the books then. */
export async function measureCash(atOnce: number): Promise<Measurement> {
  const there = await (world ??= startWorld());
  const payments = paymentsOf(atOnce);
  const ours = await perSecond(payments, atOnce, (i) =>
    ask(there, '/v1/payments/cash', {
      leaseId: leaseOf(there, i).state.application.leaseId,
      amount: { amount: 1_000, currency: 'UGX' },
      receiptNumber: randomUUID(),
    }),
  );
  return beside(there, ours, atOnce);
}

/** Pay-bills of so many customers at once, from the provider's announcement until all are in the books. */
export async function measurePayBills(atOnce: number): Promise<Measurement> {
  const there = await (world ??= startWorld());
  const { database, platform } = there;
  const simulators = new SimulatorClient(platform.urls.simulators ?? '');
  const booked = async () => {
    const [row] = await database.sql<{ count: number }[]>`
      select count(*)::int as count from payments.attempts where kind = 'inbound' and transfer_id is not null`;
    return row?.count ?? 0;
  };
  const payments = paymentsOf(atOnce);
  const wanted = (await booked()) + payments.length;
  const began = performance.now();
  await perSecond(payments, atOnce, (i) => {
    const { phone: payer, state } = leaseOf(there, i);
    const body = { provider: 'mtn', payer, account: state.reference, amount: 1_000, currency: 'UGX' } as const;
    return simulators.post('/pay-bill', { body });
  });
  while ((await booked()) < wanted) await sleep(10);
  return beside(there, payments.length / ((performance.now() - began) / 1_000), atOnce);
}

async function beside(there: World, ours: number, atOnce: number): Promise<Measurement> {
  const bare = await perSecond(paymentsOf(atOnce), atOnce, () => ask(there, '/v1/me'));
  return { ours, bare, unit: 'requests/s' };
}

function leaseOf({ fleet }: World, i: number): FleetLease {
  const lease = fleet[i % fleet.length];
  if (lease === undefined) throw new Error('the fleet has no lease');
  return lease;
}

async function ask({ config, token }: World, path: string, body?: object): Promise<void> {
  const answer = await fetch(`${config.PUBLIC_URL}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
}

/** For the benchmarks of a run together: the first that closes closes for all. */
export function closeWorld(): Promise<void> {
  closing ??= (async () => {
    if (world === undefined) return;
    const { platform, dataDir, database } = await world;
    await database.close();
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  })();
  return closing;
}

async function startWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-bench-'));
  const free = await freePorts(8);
  const ports = Object.fromEntries(Object.keys(portVariables).map((variable, i) => [variable, String(free[i])]));
  const env = {
    ...ports,
    LOG_LEVEL: 'error',
    RATE_LIMIT_USER: '1000000',
    RATE_LIMIT_ADDRESS: '1000000',
    AGENT_FLOAT_LIMIT_UGX: '1000000000000',
  };
  const platform = await startPlatform({ dataDir, env, log: () => {} });
  const config = loadConfig(platform.env);
  const database = connectDatabase(config.DATABASE_URL, { pool: 10, name: 'bench' });
  const temporal = await connectTemporal(config);
  const payers = Array.from({ length: LEASES }, (_, i) => ({
    provider: 'mtn' as const,
    market: 'UG' as const,
    phone: `+25677${1_000 + i}100`,
  }));
  const fleet = await createFleet(database.db, config, payers, { UG: 10_000_000, KE: 1, RW: 1 });
  await startFleet(temporal, config, fleet);
  await temporal.connection.close();
  const login = await fetch(`${config.PUBLIC_URL}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'agent@example.com', password: platform.env['SEED_PASSWORD'] ?? 'rent-to-own' }),
  });
  const { accessToken: token } = z.object({ accessToken: z.string() }).parse(await login.json());
  return { platform, dataDir, config, database, fleet, token };
}
