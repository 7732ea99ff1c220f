import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { startProcess } from '#dev/child';
import type { RunningPart } from '#dev/part';
import { eventually } from '#dev/client';
import { startPlatform, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { loadConfig, type Config } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { createFleet, startFleet } from '#test/fleet';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { sizesOf } from './collections/sizes.ts';
import type { Sizes } from './collections/workflow.ts';
import type { Measurement } from './run.ts';

/*
 * Collections a second of the platform as it runs: the lease's workflow collects, the simulated provider charges
 * and calls back, the payment is confirmed and posted. Beside it a workflow with the same events that does
 * nothing (`collections/workflow.ts`), its worker a process of its own, on the same Temporal server. Both move
 * their weeks by the server's time skipping, as many workflows at once.
 */
const LEASES = 12;
const WEEKS = 9;
const DAY = 24 * 3_600_000;

interface World {
  readonly platform: Platform;
  readonly dataDir: string;
  readonly config: Config;
  readonly database: DatabaseConnection;
  readonly temporal: Client;
  readonly noop: RunningPart;
}

let world: Promise<World> | undefined;
let sizes: Sizes | undefined;
let serial = 0;

export const name = 'collections, the whole path';

export async function run(): Promise<Measurement> {
  const { config, database, temporal } = await (world ??= startWorld());
  serial += 1;
  const payers = Array.from({ length: LEASES }, (_, i) => ({
    provider: 'mtn' as const,
    market: 'UG' as const,
    // From 100 on nobody's last digits are in the table: all pay at once.
    phone: `+25677${1_000 + serial}${100 + i}`,
  }));
  const fleet = await createFleet(database.db, config, payers, { UG: 70_000, KE: 1, RW: 1 }, `R${serial}`);
  sizes ??= sizesOf(fleet[0]?.state);
  await startFleet(temporal, config, fleet);
  const before = await collected(database);
  const ours = await perSecond(
    temporal,
    fleet.map(({ state }) => leaseWorkflowId(state.application.leaseId)),
  );
  const missing = before + LEASES * WEEKS - (await collected(database));
  if (missing !== 0) throw new Error(`${missing} of ${LEASES * WEEKS} collections were not made`);
  // What collections leave to be told must not be told at the cost of the no-op workflow.
  await eventually('the relay to have told of all', async () => ((await untold(database)) === 0 ? true : undefined));

  const ids = fleet.map((_, i) => `noop-${serial}-${i}`);
  const args = [{ sizes, weeks: WEEKS }];
  for (const workflowId of ids)
    await temporal.workflow.start('noop', { workflowId, taskQueue: 'noop-workflows', args });
  const bare = await perSecond(temporal, ids);
  const [here, there] = await Promise.all(
    [leaseWorkflowId(fleet[0]?.state.application.leaseId ?? ''), ids[0] ?? ''].map((id) => shape(temporal, id)),
  );
  if (here !== there) throw new Error(`the no-op workflow has other events: ${there} instead of ${here}`);
  await Promise.all(ids.map((id) => temporal.workflow.getHandle(id).terminate('measured')));
  return { ours, bare, unit: 'collections/s' };
}

export async function close(): Promise<void> {
  if (world === undefined) return;
  const { platform, dataDir, database, temporal, noop } = await world;
  await noop.stop();
  await temporal.connection.close();
  await database.close();
  await platform.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Lets the weeks pass for all workflows at once. */
async function perSecond(temporal: Client, ids: readonly string[]): Promise<number> {
  // A query is answered when the first workflow task is done: the way to it is not what is measured.
  await Promise.all(ids.map((id) => temporal.workflow.getHandle(id).query('__stack_trace')));
  const began = performance.now();
  await Promise.all(
    ids.map(async (id) => {
      const { outcome } = await fastForward(temporal, id, (7 * WEEKS + 1) * DAY);
      if (outcome !== 'reached') throw new Error(`${id} did not get through its weeks: ${outcome}`);
    }),
  );
  return (ids.length * WEEKS) / ((performance.now() - began) / 1000);
}

/** How many events of each kind a workflow has: what the server was asked to do for it. */
async function shape(temporal: Client, workflowId: string): Promise<string> {
  const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  const counts = new Map<string, number>();
  for (const { eventType } of events ?? []) {
    const kind = protocol.temporal.api.enums.v1.EventType[eventType ?? 0] ?? '';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts]
    .map(([kind, count]) => `${kind} ${count}`)
    .toSorted()
    .join(', ');
}

const count = (rows: unknown) => z.tuple([z.object({ count: z.coerce.number() })]).parse(rows)[0].count;

async function collected({ db }: DatabaseConnection): Promise<number> {
  return count([...(await db.execute(sql`select count(*) from payments.attempts where transfer_id is not null`))]);
}

async function untold({ db }: DatabaseConnection): Promise<number> {
  return count([
    ...(await db.execute(sql`select count(*) from events.outbox o, events.readers r
    where r.name = 'relay' and (o.position is null or o.position > r.position)`)),
  ]);
}

async function startWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-bench-'));
  const free = await freePorts(8);
  const ports = Object.fromEntries(Object.keys(portVariables).map((variable, i) => [variable, String(free[i])]));
  const env = { ...ports, COLLECT_POLL_SECONDS: '5', COLLECT_POLLS: '20', LOG_LEVEL: 'error' };
  const platform = await startPlatform({ dataDir, env, log: () => {} });
  const config = loadConfig(platform.env);
  const file = join(import.meta.dirname, 'collections', 'worker.ts');
  return {
    platform,
    dataDir,
    config,
    database: connectDatabase(config.DATABASE_URL, { pool: 10, name: 'bench' }),
    temporal: await connectTemporal(config),
    noop: await startProcess({
      name: 'noop',
      file,
      env: platform.env,
      dataDir,
      log: (line) => process.stderr.write(`${line}\n`),
    }),
  };
}
