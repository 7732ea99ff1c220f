import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { SimulatorClient } from '#dev/simulator-client';
import { workflowQueue } from '#domain/task-queues';
import { loadConfig, type Config } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { createFleet, type FleetLease } from '#test/fleet';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { copyLease } from './copies.ts';
import { left, say } from './progress.ts';

/** A platform of real processes, as `npm start` runs it, with what is needed to fill and to measure it. */
export interface CapacityWorld {
  readonly platform: Platform;
  readonly config: Config;
  readonly database: DatabaseConnection;
  readonly temporal: Client;
  readonly simulators: SimulatorClient;
  readonly dataDir: string;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** A directory that is empty, or is not there yet; a temporary one without it. It is taken away again. */
  readonly data: string | undefined;
  /** Automatic prompts a second that a provider takes; 0 for no limit. */
  readonly perSecond: number;
  readonly env: Readonly<Record<string, string>>;
}

export async function startCapacityWorld({ data, perSecond, env }: WorldOptions): Promise<CapacityWorld> {
  if (data !== undefined) await mkdir(data, { recursive: true });
  const dataDir = await mkdtemp(join(data ?? tmpdir(), 'rent-to-own-capacity-'));
  const free = await freePorts(8);
  const ports = Object.fromEntries(Object.keys(portVariables).map((name, i) => [name, String(free[i])]));
  const stopping = new AbortController();
  // Who ends it leaves neither processes nor data behind.
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      stopping.abort(new Error(name));
      void closing?.().finally(() => process.exit(1));
    });
  let closing: (() => Promise<void>) | undefined;
  const platform = await startPlatform({
    dataDir,
    signal: stopping.signal,
    env: { ...ports, COLLECT_POLL_SECONDS: '5', COLLECT_POLLS: '20', LOG_LEVEL: 'error', ...env },
    log: say,
  });
  const config = loadConfig(platform.env);
  const database = connectDatabase(config.DATABASE_URL, { pool: 10, name: 'capacity' });
  const temporal = await connectTemporal(config);
  const simulators = new SimulatorClient(platform.urls.simulators ?? '');
  await simulators.post('/faults', { body: perSecond > 0 ? { promptsPerSecond: perSecond } : {} });
  const close = (closing = async () => {
    await temporal.connection.close();
    await database.close();
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { platform, config, database, temporal, simulators, dataDir, close };
}

/** Leases that are made at once: what one statement may carry. */
const CHUNK = 1_000;
/** Those that are handed over by their use case; copies of the first of them are the rest. */
const HANDED_OVER = 200;

/** Leases in the books, right after the handover: weekly, of customers who pay at once. @param lines of each schedule */
export async function fillBooks({ database, config }: CapacityWorld, count: number, lines = 10): Promise<FleetLease[]> {
  const phones = Array.from({ length: count }, (_, index) => phoneOf(index));
  const payers = phones
    .slice(0, HANDED_OVER)
    .map((phone) => ({ provider: 'mtn' as const, market: 'UG' as const, phone }));
  const fleet = await createFleet(database.db, config, payers, undefined, 'HANDED-', lines);
  const [first] = fleet;
  if (first === undefined) throw new Error('there is no lease to copy');
  const began = performance.now();
  while (fleet.length < count) {
    const some = phones.slice(fleet.length, fleet.length + CHUNK);
    fleet.push(...(await copyLease({ sql: database.sql, config }, first, some, `COPY${fleet.length}-`)));
    const rate = (fleet.length - HANDED_OVER) / ((performance.now() - began) / 1_000);
    say(
      `in the books: ${fleet.length} of ${count}, ${rate.toFixed(0)} a second, ${left((count - fleet.length) / rate)}`,
    );
  }
  return fleet;
}

/** From 100 on nobody's last digits are in the simulator's table: all pay at once. */
const phoneOf = (index: number): string =>
  `+25677${String(Math.floor(index / 900)).padStart(4, '0')}${100 + (index % 900)}`;

/** So much later than the wall's a workflow's clock is from its beginning, milliseconds; 0 leaves it in the present. */
export interface Travel {
  readonly aheadMs: number;
}

/** Starts a workflow whose clock is ahead of the wall's, as `fastForward` would leave it, in one call. */
export async function startAhead(
  temporal: Client,
  { type, id, taskQueue, args }: { type: string; id: string; taskQueue: string; args: readonly unknown[] },
  { aheadMs }: Travel,
): Promise<void> {
  const { namespace, identity, loadedDataConverter } = temporal.options;
  let payloads = args.map((arg) => defaultPayloadConverter.toPayload(arg));
  for (const codec of loadedDataConverter.payloadCodecs) payloads = await codec.encode(payloads);
  const skipping = {
    enabled: true,
    maxSessionSkipCount: 10,
    fastForwardConfig: { id: randomUUID(), duration: msToTs(aheadMs) },
  };
  await temporal.connection.workflowService.startWorkflowExecution({
    namespace,
    identity: identity ?? 'capacity',
    requestId: randomUUID(),
    workflowId: id,
    workflowType: { name: type },
    taskQueue: { name: taskQueue },
    input: { payloads },
    ...(aheadMs > 0 && { timeSkippingConfig: skipping }),
  });
}

export const startLeaseAhead = (world: CapacityWorld, { state }: FleetLease, travel: Travel): Promise<void> =>
  startAhead(
    world.temporal,
    {
      type: 'lease',
      id: leaseWorkflowId(state.application.leaseId),
      taskQueue: workflowQueue(world.config.TASK_QUEUE_PREFIX),
      args: [{ state }],
    },
    travel,
  );

/** Bytes that the marketplace's database and Temporal's have on the disk. */
export async function bytesStored({
  database,
  dataDir,
}: CapacityWorld): Promise<{ postgres: number; temporal: number }> {
  const [row] = await database.db.execute(sql`select pg_database_size(current_database()) as bytes`);
  const files = ['temporal.db', 'temporal.db-wal'].map((name) => stat(join(dataDir, name)).catch(() => null));
  const sizes = (await Promise.all(files)).map((file) => file?.size ?? 0);
  return { postgres: bytes.parse(row).bytes, temporal: sizes.reduce((total, size) => total + size, 0) };
}

const bytes = z.object({ bytes: z.coerce.number() });

/** Connections to Postgres, by the process that holds them. */
export async function connections({ database }: CapacityWorld): Promise<ReadonlyMap<string, number>> {
  const rows = await database.db.execute(
    sql`select application_name as name, count(*) as count from pg_stat_activity where datname = current_database() group by 1 order by 1`,
  );
  return new Map(
    z
      .array(counted)
      .parse(rows)
      .map(({ name, count }) => [name, count]),
  );
}

/** Events in the outbox, told or not. */
export async function eventsWritten({ database }: CapacityWorld): Promise<number> {
  const [row] = await database.db.execute(sql`select count(*) as bytes from events.outbox`);
  return bytes.parse(row).bytes;
}

const counted = z.object({ name: z.string(), count: z.coerce.number() });

export interface HistorySize {
  readonly events: number;
  readonly bytes: number;
}

/** The histories of the newest runs of some workflows. */
export async function historiesOf(temporal: Client, ids: readonly string[]): Promise<HistorySize[]> {
  return Promise.all(
    ids.map(async (id) => {
      const { historyLength, historySize = 0 } = await temporal.workflow.getHandle(id).describe();
      return { events: historyLength, bytes: historySize };
    }),
  );
}
