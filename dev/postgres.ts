import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { openDriver } from '#db/driver';
import { archiving, makeArchive } from './backup/archive.ts';
import { elapsed, lastLines, logPath } from './logs.ts';
import { adoptProgram, startProgram, type RunningPart, type StartedProgram } from './part.ts';
import { findPostgres, postgresAccount, type Account } from './postgres-binaries.ts';
import {
  endPostmaster,
  livingPostmaster,
  makeCluster,
  placeCluster,
  readPostmaster,
  POSTGRES_PATIENCE,
  POSTGRES_USER,
} from './postgres-data.ts';
import { loadSecrets } from './secrets.ts';

const DATABASE = 'marketplace';
/** Milliseconds until it must take connections; recovery after a kill counts. */
const START_DEADLINE = 60_000;

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // One that is restored to a moment takes no questions before it has come there, and takes writes.
  hot_standby: 'off',
};

/** Nobody replicates, archives or vacuums what is gone in minutes, and it does not fill a directory in memory. */
const fleeting = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  autovacuum: 'off',
};

export interface PostgresServer extends RunningPart {
  /** The marketplace's database, with its owner's name and password. */
  readonly url: string;
}

interface PostgresOptions {
  /** Directory of everything that the platform keeps; made if missing. */
  readonly dataDir: string;
  readonly port: number;
  readonly log: (line: string) => void;
  /** False where nothing has to outlive a power cut, as in tests: no commit waits for the disk. */
  readonly durable?: boolean | undefined;
  /** Where it keeps its whole log, and after how many seconds what is not full goes there. */
  readonly archive?: { readonly directory: string; readonly seconds: number } | undefined;
}

/** The URL that a server with this port and password is reached by. */
export function postgresUrl(port: number, password: string): string {
  return `postgres://${POSTGRES_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`;
}

/**
 * Starts Postgres over `dataDir`, making the cluster and the database at the first start. A server that a
 * killed platform left over the same data is taken over, or ended where it listens on another port.
 *
 * @throws Error with the end of its log if it does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  mkdirSync(options.dataDir, { recursive: true });
  const dataDir = realpathSync(options.dataDir);
  const { postgresPassword } = await loadSecrets(dataDir);
  const account = postgresAccount();
  const native = findPostgres(account);
  const cluster = await placeCluster(dataDir, account, postgresPassword, options.log);
  const url = postgresUrl(options.port, postgresPassword);

  const living = livingPostmaster(cluster);
  if (living !== undefined && living.port === options.port && living.ready) {
    await makeDatabase(url, dataDir);
    return {
      url,
      ...adoptProgram({ name: 'postgres', dataDir, endsBy: 'SIGINT', patience: POSTGRES_PATIENCE }, living.pid),
    };
  }
  await endPostmaster(cluster);
  const began = Date.now();
  await makeCluster(cluster, native, account, postgresPassword);
  const { port, durable = true, archive } = options;
  if (archive !== undefined) makeArchive(archive.directory, account);
  const server = await startServer({ native, cluster, dataDir, account, port, durable, archive });
  try {
    await makeDatabase(url, dataDir);
  } catch (error) {
    await server.stop();
    throw error;
  }
  options.log(`Postgres is ready (${elapsed(began)})`);
  return { url, ...server };
}

interface Place {
  readonly native: string;
  readonly cluster: string;
  readonly dataDir: string;
  readonly account: Account;
  readonly port: number;
  readonly durable: boolean;
  readonly archive: PostgresOptions['archive'];
}

/** Starts the server and waits until it takes connections. */
async function startServer({ native, cluster, dataDir, account, port, durable, archive }: Place): Promise<RunningPart> {
  const kept = archive === undefined ? {} : archiving(archive.directory, archive.seconds);
  const all = { ...settings, ...(durable ? {} : fleeting), ...kept, port: String(port) };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = {
    name: 'postgres',
    command: join(native, 'bin', 'postgres'),
    args: ['-D', cluster, ...args],
    dataDir,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    account,
    endsBy: 'SIGINT',
    patience: POSTGRES_PATIENCE,
  } as const;
  for (const deadline = Date.now() + START_DEADLINE; ;) {
    const server = await startProgram(program);
    if (await becomesReady(cluster, server, deadline)) return server;
    await server.stop();
    const said = lastLines(logPath(dataDir, 'postgres'), server.logOffset);
    // Children of a killed server notice its end a moment later, and until then keep its memory.
    if (!said.includes('pre-existing shared memory block') || Date.now() > deadline) {
      throw new Error(`Postgres does not start:\n${said}`);
    }
    await sleep(200);
  }
}

/** @returns false if the server ended, or is not ready at the deadline. */
async function becomesReady(cluster: string, server: StartedProgram, deadline: number): Promise<boolean> {
  let ended = false;
  void server.exited.then(() => (ended = true));
  while (!ended && Date.now() < deadline) {
    const found = readPostmaster(cluster);
    if (found?.pid === server.pid && found.ready) return true;
    await sleep(20);
  }
  return false;
}

async function makeDatabase(url: string, dataDir: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const sql = openDriver(maintenance.href, { max: 1, connect_timeout: 10 });
  try {
    const found = await sql`select from pg_database where datname = ${DATABASE}`;
    if (found.length === 0) await sql.unsafe(`create database ${DATABASE}`);
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError) || cause.code !== '28P01') throw cause;
    throw new Error(
      `the password in ${join(dataDir, 'secrets.json')} is not that of the data beside it; put the old file back, or remove ${dataDir} to begin anew`,
      { cause },
    );
  } finally {
    await sql.end({ timeout: 5 });
  }
}
