import { chmodSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type postgres from 'postgres';
import { openDriver } from '#db/driver';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownDirectory } from '#test/directory';
import { freePorts } from '../ports.ts';
import { postgresAccount } from '../postgres-binaries.ts';
import { placeCluster } from '../postgres-data.ts';
import { startPostgres, type PostgresServer } from '../postgres.ts';
import { loadSecrets } from '../secrets.ts';
import { takeBaseBackup } from './base-backup.ts';
import { restoreTo } from './restore.ts';

let directory: string;
let server: PostgresServer;
let sql: postgres.Sql;

const start = async (port: number) => {
  const archive = { directory: join(directory, 'archive'), seconds: 60 };
  server = await startPostgres({ dataDir: join(directory, 'data'), port, archive, log: () => {} });
  sql = openDriver(server.url, { max: 1 });
};
const numbers = async () => (await sql<{ n: number }[]>`select n from kept order by n`).map(({ n }) => n);

beforeEach(async () => {
  directory = realpathSync(await ownDirectory('backup'));
  chmodSync(directory, 0o711);
  const [port] = await freePorts(1);
  await start(port);
});
afterEach(async () => {
  await sql.end();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a backup and the log of the archive are the database of any moment after it', async () => {
  const account = postgresAccount();
  const dataDir = join(directory, 'data');
  const { postgresPassword } = await loadSecrets(dataDir);
  const cluster = await placeCluster(dataDir, account, postgresPassword, () => {});
  const [backup, archive] = [join(directory, 'base'), join(directory, 'archive')];

  await sql`create table kept as select 1 as n`;
  const writing = (async () => {
    for (let n = 100; n < 300; n += 1) await sql`insert into kept values (${n})`;
  })();
  await takeBaseBackup(server.url, cluster, backup);
  await writing;
  await sql`insert into kept values (1000)`;
  const [now] = await sql<{ at: Date }[]>`select clock_timestamp() as at`;
  await sql`select pg_sleep(0.01)`;
  await sql`insert into kept values (2000)`;
  await sql`select pg_switch_wal()`;
  const archived = async () => {
    const [row] = await sql<{ all: boolean }[]>`
      select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) as all from pg_stat_archiver`;
    return row?.all === true;
  };
  while (!(await archived())) await sql`select pg_sleep(0.05)`;

  await sql.end();
  process.kill(server.pid, 'SIGKILL');
  await server.exited;
  await restoreTo({ backup, archive, cluster, to: new Date((now?.at.getTime() ?? 0) + 1), account });
  const [port] = await freePorts(1);
  await start(port);
  const found = await numbers();
  expect(found[0]).toBe(1);
  expect(found.filter((n) => n >= 100 && n < 300)).toHaveLength(200);
  expect(found.at(-1)).toBe(1000);
  await sql`insert into kept values (3000)`;
  expect((await numbers()).at(-1)).toBe(3000);
});

test('a backup is refused where nothing is archived', async () => {
  await sql.end();
  await server.stop();
  const [port] = await freePorts(1);
  server = await startPostgres({ dataDir: join(directory, 'data'), port, log: () => {} });
  sql = openDriver(server.url, { max: 1 });
  await expect(
    takeBaseBackup(server.url, join(directory, 'data', 'postgres'), join(directory, 'base')),
  ).rejects.toThrow('keeps no archive');
});
