import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDriver } from '#db/driver';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownDirectory } from '#test/directory';
import { freePorts } from './ports.ts';
import { postgresAccount } from './postgres-binaries.ts';
import { gone } from './processes.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';

let dataDir: string;
let port: number;
const started: PostgresServer[] = [];

const start = async () => {
  const server = await startPostgres({ dataDir, port, log: () => {} });
  started.push(server);
  return server;
};

async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = openDriver(url, { max: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}

beforeEach(async () => {
  dataDir = realpathSync(await ownDirectory('postgres'));
  [port] = await freePorts(1);
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('keeps its data over a stop and over a kill', async () => {
  const first = await start();
  await query(first.url, 'create table kept (n int)');
  await query(first.url, 'insert into kept values (1)');
  await first.stop();

  const second = await start();
  expect(second.url).toBe(first.url);
  await query(second.url, 'insert into kept values (2)');
  process.kill(second.pid, 'SIGKILL');
  expect(await second.exited).toBe('SIGKILL');

  const third = await start();
  expect(await query(third.url, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
});

test('takes over a server that still runs, and ends one on another port', async () => {
  const first = await start();
  const same = await start();
  expect(same.pid).toBe(first.pid);

  [port] = await freePorts(1);
  const moved = await start();
  expect(moved.pid).not.toBe(first.pid);
  expect(await first.exited).toBe('exit 0');
  expect(await same.exited).toBe('ended');
});

test('is not stopped by a note whose process id has gone to somebody else', async () => {
  const first = await start();
  const cluster = postmasterDirectory(first.pid);
  const note = readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    writeFileSync(join(cluster, 'postmaster.pid'), note.replace(/^\d+/, String(stranger.pid)));
    const second = await start();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(stranger.exitCode).toBeNull();
  } finally {
    stranger.kill();
  }
});

test('is not stopped by a killed server that nobody has waited for', async () => {
  const first = await start();
  const note = join(postmasterDirectory(first.pid), 'postmaster.pid');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  // A shell that becomes `sleep` never asks how its child ended. Of another account Postgres would not mind.
  const neglectful = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
    ...postgresAccount(),
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const zombie = Number(String((await once(neglectful.stdout, 'data'))[0]));
    expect(await gone(zombie, 10_000)).toBe(true);
    writeFileSync(note, readFileSync(note, 'utf8').replace(/^\d+/, String(zombie)));
    const second = await start();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  } finally {
    neglectful.kill();
  }
});

test('begins anew over a cluster that was killed while it was made', async () => {
  mkdirSync(join(dataDir, 'postgres.unfinished'));
  writeFileSync(join(dataDir, 'postgres.unfinished', 'PG_VERSION'), '18\n');
  const server = await start();
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('lets in nobody without the password, which only the owner can read', async () => {
  const { url } = await start();
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
});

/** A server knows best where its data is: the directory may lie outside `dataDir`. */
function postmasterDirectory(pid: number): string {
  const record = join(dataDir, 'run', 'postgres.json');
  expect(readFileSync(record, 'utf8')).toContain(String(pid));
  return join(dataDir, 'postgres');
}
