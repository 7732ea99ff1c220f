import { chmodSync, cpSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { openDriver } from '#db/driver';
import { z } from 'zod';
import { errorCode } from '#platform/error-code';

/** What belongs to the server that runs, or is made anew at a start (PostgreSQL 18, 25.3.4.3). */
const files: ReadonlySet<string> = new Set(['postmaster.pid', 'postmaster.opts', 'pg_internal.init']);
const contents: ReadonlySet<string> = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
]);

const stopped = z.tuple([z.object({ labelfile: z.string(), spcmapfile: z.string() })]);

/**
 * Copies a cluster while its server runs, by Postgres's low-level API, since the packaged binaries have no pg_basebackup.
 * With the log from its begin to its end, which the server archives, it is a cluster of any moment after that.
 *
 * @param into a directory that is not there yet
 * @throws Error where the server does not archive: its end would be waited for in vain
 */
export async function takeBaseBackup(url: string, cluster: string, into: string): Promise<void> {
  // One session from begin to end: with it a backup ends that was left.
  const sql = openDriver(url, { max: 1, idle_timeout: 0 });
  try {
    const [mode] = await sql<{ archive_mode: string }[]>`show archive_mode`;
    if (mode?.archive_mode !== 'on') throw new Error('the server keeps no archive of its log');
    // Its end waits for the archive, which may be full.
    await sql`set statement_timeout = '5min'`;
    await sql`select pg_backup_start('base', fast => true)`;
    copyCluster(cluster, into);
    const [{ labelfile, spcmapfile }] = stopped.parse(
      await sql`select labelfile, spcmapfile from pg_backup_stop(wait_for_archive => true)`,
    );
    if (spcmapfile.trim() !== '') throw new Error('the cluster has tablespaces, which are elsewhere');
    writeFileSync(join(into, 'backup_label'), labelfile, { mode: 0o600 });
  } catch (error) {
    rmSync(into, { recursive: true, force: true });
    throw error;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** A page that is written meanwhile is copied in two halves: the log has it whole. */
function copyCluster(cluster: string, into: string): void {
  mkdirSync(into, { recursive: true, mode: 0o700 });
  chmodSync(into, 0o700);
  cpSync(cluster, into, { recursive: true, filter: (path) => isThere(path) && isPart(relative(cluster, path)) });
}

function isPart(path: string): boolean {
  const parts = path.split(sep);
  const [first = '', ...below] = parts;
  const last = parts.at(-1) ?? '';
  return !files.has(last) && !last.startsWith('pgsql_tmp') && !(contents.has(first) && below.length > 0);
}

/** Tables that are dropped meanwhile lose their files. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
