import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { openDriver } from '#db/driver';
import { errorCode } from '#platform/error-code';
import { lastLines, logPath } from '../logs.ts';
import { startProgram, type RunningPart } from '../part.ts';
import { freePorts } from '../ports.ts';
import { dynamicConfig } from '../temporal.ts';
import { findDeployedPrograms } from '../temporal-programs.ts';

/** As deploy/postgres/databases.sh names them, with the schema of each. */
const databases = { temporal: 'temporal', temporal_visibility: 'visibility' } as const;
const NAMESPACE = 'default';
/** Days that a closed workflow is kept. */
const RETENTION_DAYS = 60;
/** Milliseconds until it must answer. */
const START_DEADLINE = 90_000;
/** gRPC: the namespace is there already. */
const ALREADY_EXISTS = 6;
/** Where another clock runs, as `frontend.WorkflowTimeSkippingEnabled` has it, one shard's queue is enough. */
const SHARDS = 4;

interface Options {
  readonly dataDir: string;
  readonly port: number;
  /** Any database of the cluster, with the name and password of its owner. */
  readonly databaseUrl: string;
  readonly log: (line: string) => void;
}

/**
 * Starts the Temporal server that is deployed, over two databases of a Postgres cluster, which are made and brought to its
 * version where they are not. Answers when the namespace is there.
 *
 * @throws Error with the end of its log if it does not start
 */
export async function startTemporalOnPostgres(options: Options): Promise<RunningPart & { readonly address: string }> {
  const { dataDir, port, log } = options;
  const programs = await findDeployedPrograms(log);
  await prepareDatabases(options, join(programs, 'temporal-sql-tool'));
  const server = await startProgram({
    name: 'temporal',
    command: join(programs, 'temporal-server'),
    args: ['start'],
    dataDir,
    env: await environmentOf(options),
  });
  const address = `127.0.0.1:${port}`;
  try {
    await prepareNamespace(address);
  } catch (cause) {
    await server.stop();
    const said = lastLines(logPath(dataDir, 'temporal'), server.logOffset);
    throw new Error(`the Temporal server does not start:\n${said}`, { cause });
  }
  return { ...server, address };
}

/** What deploy/temporal/schema.sh does. */
async function prepareDatabases({ databaseUrl }: Options, tool: string): Promise<void> {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const sql = openDriver(databaseUrl, { max: 1 });
  try {
    for (const name of Object.keys(databases)) {
      const found = await sql`select from pg_database where datname = ${name}`;
      if (found.length === 0) await sql.unsafe(`create database ${name}`);
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
  const env = { SQL_HOST: hostname, SQL_PORT: port, SQL_USER: username, SQL_PASSWORD: decodeURIComponent(password) };
  for (const [name, schema] of Object.entries(databases)) {
    const run = (...args: string[]) =>
      promisify(execFile)(tool, ['--plugin', 'postgres12', '--database', name, ...args], { env });
    await run('setup-schema', '--version', '0.0');
    await run('update-schema', '--schema-name', `postgresql/v12/${schema}`);
  }
}

/** What the compose file tells it, and time travel. */
async function environmentOf({ dataDir, port, databaseUrl }: Options): Promise<Record<string, string>> {
  const { hostname, port: databasePort, username, password } = new URL(databaseUrl);
  const values = Object.fromEntries(Object.entries(dynamicConfig).map(([key, value]) => [key, [{ value }]]));
  const dynamic = join(dataDir, 'temporal-dynamic-config.yaml');
  // JSON is YAML.
  writeFileSync(dynamic, JSON.stringify(values));
  const [history, matching, worker, ...members] = await freePorts(7);
  return {
    DB: 'postgres12',
    POSTGRES_SEEDS: hostname,
    DB_PORT: databasePort,
    POSTGRES_USER: username,
    POSTGRES_PWD: decodeURIComponent(password),
    NUM_HISTORY_SHARDS: String(SHARDS),
    LOG_LEVEL: 'warn',
    DYNAMIC_CONFIG_FILE_PATH: dynamic,
    BIND_ON_IP: '127.0.0.1',
    TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
    FRONTEND_GRPC_PORT: String(port),
    FRONTEND_HTTP_PORT: '0',
    HISTORY_GRPC_PORT: String(history),
    MATCHING_GRPC_PORT: String(matching),
    WORKER_GRPC_PORT: String(worker),
    ...Object.fromEntries(
      ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'].map((name, i) => [`${name}_MEMBERSHIP_PORT`, String(members[i])]),
    ),
  };
}

async function prepareNamespace(address: string): Promise<void> {
  const { RegisterNamespaceRequest } = protocol.temporal.api.workflowservice.v1;
  const request = RegisterNamespaceRequest.fromObject({
    namespace: NAMESPACE,
    workflowExecutionRetentionPeriod: { seconds: RETENTION_DAYS * 86_400 },
  });
  for (const deadline = Date.now() + START_DEADLINE; ; await sleep(250)) {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 }).catch(() => undefined);
    try {
      await connection?.workflowService.registerNamespace(request);
      if (connection !== undefined) return;
    } catch (error) {
      if (errorCode(error) === ALREADY_EXISTS) return;
      if (Date.now() > deadline) throw error;
    } finally {
      await connection?.close();
    }
    if (Date.now() > deadline) throw new Error(`it does not answer after ${START_DEADLINE / 1_000} s`);
  }
}
