import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { loadConfig, type Config } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { createFleet, startFleet, type FleetLease } from '#test/fleet';
import { perSecond } from './world.ts';
import type { Measurement } from './run.ts';

/*
 * `POST /v1/payments/cash` of the platform as it runs, over sockets: from an agent's request to a payment in the books
 * of a lease whose workflow runs. Beside it `GET /v1/me` of the same agent: the whole edge with one read.
 */
const LEASES = 40;
const PAYMENTS = 240;
const AT_ONCE = 8;

interface World {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly config: Config;
  readonly database: DatabaseConnection;
  readonly fleet: readonly FleetLease[];
  readonly token: string;
}

let world: Promise<World> | undefined;

export const name = 'cash, from the request to the books';

export async function run(): Promise<Measurement> {
  const { config, fleet, token } = await (world ??= startWorld());
  const ask = async (path: string, body?: object) => {
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
  };
  const orders = Array.from({ length: PAYMENTS }, (_, i) => ({
    leaseId: fleet[i % fleet.length]?.state.application.leaseId,
    amount: { amount: 1_000, currency: 'UGX' },
    receiptNumber: randomUUID(),
  }));
  const ours = await perSecond(orders, AT_ONCE, (order) => ask('/v1/payments/cash', order));
  const bare = await perSecond(orders, AT_ONCE, () => ask('/v1/me'));
  return { ours, bare, unit: 'requests/s' };
}

export async function close(): Promise<void> {
  if (world === undefined) return;
  const { platform, dataDir, database } = await world;
  await database.close();
  await platform.stop();
  await rm(dataDir, { recursive: true, force: true });
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
