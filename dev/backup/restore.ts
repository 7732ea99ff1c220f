import { appendFileSync, chmodSync, chownSync, cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endPostmaster } from '../postgres-data.ts';
import type { Account } from '../postgres-binaries.ts';

export interface Restore {
  /** A directory that `takeBaseBackup` made. */
  readonly backup: string;
  /** Where the server archived its log. */
  readonly archive: string;
  /** Where the cluster is to be; what is there is removed. */
  readonly cluster: string;
  /** The moment to be restored: what was committed later is not there. */
  readonly to: Date;
  readonly account: Account;
}

/**
 * Lays out a cluster that its next start brings to a moment: the backup, and the log of the archive up to there. It
 * goes on from there by itself, on a timeline of its own.
 */
export async function restoreTo({ backup, archive, cluster, to, account }: Restore): Promise<void> {
  if (!existsSync(join(backup, 'backup_label'))) throw new Error(`${backup} is no backup that came to its end`);
  await endPostmaster(cluster);
  rmSync(cluster, { recursive: true, force: true });
  cpSync(backup, cluster, { recursive: true });
  const settings = {
    restore_command: `cp "${archive}/%f" "%p"`,
    // Names of zones are not known where it is read.
    recovery_target_time: to.toISOString().replace('T', ' ').replace('Z', '+00'),
    // The newest one begins at the moment of an earlier restore.
    recovery_target_timeline: 'current',
    recovery_target_action: 'promote',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(join(cluster, 'postgresql.auto.conf'), lines.join(''));
  writeFileSync(join(cluster, 'recovery.signal'), '');
  chmodSync(cluster, 0o700);
  giveTo(cluster, account);
}

function giveTo(path: string, { uid, gid }: Account): void {
  if (uid === undefined || gid === undefined) return;
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) chownSync(join(path, entry), uid, gid);
  chownSync(path, uid, gid);
}
