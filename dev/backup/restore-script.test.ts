import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type postgres from 'postgres';
import { openDriver } from '#db/driver';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDatabase } from '#db/client';
import { archiveFailing, lastBackup } from '#db/queries/figures';
import { ownDirectory } from '#test/directory';
import { freePorts } from '../ports.ts';
import { postgresAccount } from '../postgres-binaries.ts';
import { placeCluster } from '../postgres-data.ts';
import { startPostgres, type PostgresServer } from '../postgres.ts';
import { loadSecrets } from '../secrets.ts';
import { takeBaseBackup } from './base-backup.ts';

const script = fileURLToPath(new URL('../../deploy/postgres/restore.sh', import.meta.url));

let directory: string;
let cluster: string;
let server: PostgresServer;
let sql: postgres.Sql;

const archive = () => join(directory, 'archive');
const start = async () => {
  const [port] = await freePorts(1);
  const kept = { directory: join(archive(), 'wal'), seconds: 60 };
  server = await startPostgres({ dataDir: join(directory, 'data'), port, archive: kept, log: () => {} });
  sql = openDriver(server.url, { max: 1 });
};
const stop = async () => {
  await sql.end({ timeout: 1 });
  await server.stop();
};
const second = (at: Date) => `${at.toISOString().slice(0, 19)}Z`;
/** The moment that the database has come to, in whole seconds, as what is written next is after it. */
const moment = async () => {
  await sql`select pg_sleep(1.1)`;
  const [row] = await sql<{ at: Date }[]>`select date_trunc('second', clock_timestamp()) as at`;
  await sql`select pg_sleep(0.1)`;
  return second(row?.at ?? new Date(Number.NaN));
};
const keep = (n: number) => sql`insert into kept values (${n})`;
const numbers = async () => (await sql<{ n: number }[]>`select n from kept order by n`).map(({ n }) => n);
const archived = async () => {
  await sql`select pg_switch_wal()`;
  const isThere = async () => {
    const [row] = await sql<{ all: boolean }[]>`
      select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) as all from pg_stat_archiver`;
    return row?.all === true;
  };
  while (!(await isThere())) await sql`select pg_sleep(0.05)`;
};
/** As backup.sh names it: by the second in which it ended. */
const backUp = async () => {
  const under = join(archive(), 'base', 'now.part');
  await takeBaseBackup(server.url, cluster, under);
  const name = second(new Date()).replaceAll(/[-:]/g, '');
  renameSync(under, join(archive(), 'base', name));
  return name;
};
const restore = async (to: string) => {
  const { stdout } = await promisify(execFile)('sh', [script, to], {
    env: { ...process.env, ARCHIVE: archive(), PGDATA: cluster },
  });
  const { uid, gid } = postgresAccount();
  if (uid !== undefined && gid !== undefined) {
    for (const entry of readdirSync(cluster, { recursive: true, encoding: 'utf8' }))
      chownSync(join(cluster, entry), uid, gid);
    chownSync(cluster, uid, gid);
  }
  return stdout;
};
const restored = async (to: string) => {
  await stop();
  const told = await restore(to);
  await start();
  return told;
};

beforeEach(async () => {
  directory = realpathSync(await ownDirectory('restore'));
  chmodSync(directory, 0o711);
  mkdirSync(join(archive(), 'base'), { recursive: true });
  chmodSync(archive(), 0o711);
  await start();
  const { postgresPassword } = await loadSecrets(join(directory, 'data'));
  cluster = await placeCluster(join(directory, 'data'), postgresAccount(), postgresPassword, () => {});
});
afterEach(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a moment after that of an earlier restore is what it was then, and not what was written since', async () => {
  await sql`create table kept (n int)`;
  await backUp();
  await sql`select pg_sleep(1)`;
  await keep(1);
  const first = await moment();
  await keep(2);
  const later = await moment();
  await keep(3);
  const lost = await backUp();
  await archived();

  expect(await restored(first)).toContain('on timeline 1 ');
  expect(await numbers()).toEqual([1]);
  await keep(100);
  const onBranch = await moment();
  await keep(200);
  await archived();

  expect(await restored(later)).toContain('on timeline 1 ');
  expect(await numbers()).toEqual([1, 2]);

  // The backup of what the first restore took back is newer, and does not lead there.
  const told = await restored(onBranch);
  expect(told).toContain('on timeline 2 ');
  expect(told).not.toContain(lost);
  expect(await numbers()).toEqual([1, 100]);
}, 60_000);

test('a moment at which the newest base backup had not ended is reached from the one before, or refused', async () => {
  await sql`create table kept (n int)`;
  const before = await moment();
  const first = await backUp();
  await sql`select pg_sleep(1)`;
  await keep(1);
  const within = await moment();
  await keep(2);
  const second = await backUp();
  await archived();
  expect(await restored(within)).toContain(`from ${first} to `);
  expect(await numbers()).toEqual([1]);

  await expect(restore(before)).rejects.toMatchObject({ stderr: expect.stringContaining(`\n${first}\n${second}`) });
  await expect(restore(`${within.slice(0, -1)}+03`)).rejects.toMatchObject({
    stderr: expect.stringContaining('is no moment'),
  });
}, 60_000);

test('figures say that archiving fails, and when the last base backup ended', async () => {
  const database = connectDatabase(server.url, { pool: 1 });
  const { db } = database;
  try {
    expect([...(await lastBackup(db))]).toEqual([{ value: 0 }]);
    const { pathname } = new URL(server.url);
    await sql.unsafe(`comment on database "${pathname.slice(1)}" is 'base backup 20261129T221755Z'`);
    expect([...(await lastBackup(db))]).toEqual([{ value: Date.UTC(2026, 10, 29, 22, 17, 55) / 1_000 }]);
    await archived();
    expect([...(await archiveFailing(db))]).toEqual([{ value: 0 }]);

    const [now] = await sql<{ wal: string }[]>`
      select pg_walfile_name(pg_logical_emit_message(false, 'test', 'something', true)) as wal`;
    writeFileSync(join(archive(), 'wal', now?.wal ?? ''), 'of another cluster');
    await sql`select pg_switch_wal()`;
    const failing = async () => Number((await archiveFailing(db))[0]?.value);
    while ((await failing()) <= 0) await sql`select pg_sleep(0.05)`;
  } finally {
    await database.close();
  }
}, 60_000);
