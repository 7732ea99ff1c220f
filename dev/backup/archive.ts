import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import type { Account } from '../postgres-binaries.ts';
import { canEnter } from '../postgres-data.ts';

/**
 * Makes the directory that a server writes its log to, for the account that it runs as.
 *
 * @throws Error where the account does not get there
 */
export function makeArchive(directory: string, { uid, gid }: Account): void {
  mkdirSync(directory, { recursive: true });
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
  chmodSync(directory, 0o700);
  if (uid !== undefined && !canEnter(directory, { uid, ...(gid === undefined ? {} : { gid }) }))
    throw new Error(`the account that Postgres runs as (uid ${uid}) does not get into ${directory}`);
}

/**
 * Settings of a server that keeps its whole log in a directory. A segment comes there whole or not at all; one that is there
 * already, with the same content, is there.
 *
 * @param seconds after which a segment that is not full goes there as well: so much is lost with the disk at most
 */
export function archiving(directory: string, seconds: number): Readonly<Record<string, string>> {
  const kept = `"${directory}/%f"`;
  return {
    wal_level: 'replica',
    archive_mode: 'on',
    archive_timeout: String(seconds),
    archive_command: `cmp -s "%p" ${kept} || { test ! -e ${kept} && cp "%p" ${kept}.part && mv ${kept}.part ${kept}; }`,
  };
}
