import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endProcess } from './part.ts';
import { PUBLIC_PLACE, type Account } from './postgres-binaries.ts';
import { commandOf, startOf } from './processes.ts';

export const POSTGRES_USER = 'platform';

/** Milliseconds for a fast shutdown, which writes a checkpoint. */
export const POSTGRES_PATIENCE = 15_000;

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/**
 * Where the cluster lives: in `dataDir`, or where the account cannot get there in a public place, known by
 * `dataDir`'s name. What lies there of an earlier `dataDir` of that name, one with another password, is removed.
 */
export async function placeCluster(
  dataDir: string,
  account: Account,
  password: string,
  log: (line: string) => void,
): Promise<string> {
  if (account.uid === undefined || canEnter(dataDir, account)) return join(dataDir, 'postgres');
  const home = join(existsSync(PUBLIC_PLACE) ? PUBLIC_PLACE : tmpdir(), `rent-to-own-${digest(dataDir)}`);
  const mark = join(home, 'belongs-to');
  const owner = `${dataDir} ${digest(password)}\n`;
  const found = lstatSync(home, { throwIfNoEntry: false });
  if (found !== undefined && (!found.isDirectory() || found.uid !== process.getuid?.())) {
    throw new Error(`${home} belongs to somebody else; move DATA_DIR to where uid ${account.uid} can reach it`);
  }
  if (found !== undefined && (!existsSync(mark) || readFileSync(mark, 'utf8') !== owner)) {
    await endPostmaster(join(home, 'postgres'));
    rmSync(home, { recursive: true });
  }
  mkdirSync(home, { recursive: true, mode: 0o711 });
  writeFileSync(mark, owner);
  log(`Postgres keeps its data in ${home}: the account it runs as (uid ${account.uid}) cannot enter ${dataDir}`);
  return join(home, 'postgres');
}

/** Whether the account gets into a directory; one of our own is opened for passing through. */
export function canEnter(directory: string, account: Account): boolean {
  const { mode, uid } = statSync(directory);
  if (uid === process.getuid?.() && (mode & 0o011) !== 0o011) chmodSync(directory, (mode & 0o7777) | 0o011);
  try {
    execFileSync('/bin/sh', ['-c', 'cd "$0"', directory], { ...account, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** Makes the cluster if it is not there, beside its place and then renamed: a kill leaves none that looks complete. */
export async function makeCluster(cluster: string, native: string, account: Account, password: string): Promise<void> {
  if (existsSync(join(cluster, 'PG_VERSION'))) return;
  const unfinished = `${cluster}.unfinished`;
  const passwordFile = `${cluster}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    for (const path of [unfinished, passwordFile]) giveTo(path, account);
    await promisify(execFile)(
      join(native, 'bin', 'initdb'),
      [
        '-D',
        unfinished,
        '-U',
        POSTGRES_USER,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
      ],
      { ...account, cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' } },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  // Without PG_VERSION it is no cluster: what may lie there is an interrupted removal.
  rmSync(cluster, { recursive: true, force: true });
  renameSync(unfinished, cluster);
}

function giveTo(path: string, { uid, gid }: Account): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** What a server says of itself in its cluster. */
interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** The server that runs over a cluster, if one does. */
export function readPostmaster(cluster: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

/**
 * The living server of a cluster. The note of a dead one is put in our own name: Postgres takes any process
 * with the id in it for a server, somebody else's and one that nobody has waited for as well, except its own
 * parent. The rest of the note stays, by which it sees whether the dead server's children live on.
 */
export function livingPostmaster(cluster: string): Postmaster | undefined {
  const found = readPostmaster(cluster);
  if (found === undefined) return undefined;
  if (startOf(found.pid) !== undefined && commandOf(found.pid).includes(cluster)) return found;
  const path = join(cluster, 'postmaster.pid');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^-?\d+/, String(process.pid)));
  return undefined;
}

/** Ends the server of a cluster, if one runs. */
export async function endPostmaster(cluster: string): Promise<void> {
  const found = livingPostmaster(cluster);
  if (found !== undefined) await endProcess(found.pid, 'SIGINT', POSTGRES_PATIENCE);
}
