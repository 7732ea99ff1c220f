import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode } from '#platform/error-code';

/**
 * A process and when it started: a process id alone may long belong to somebody else.
 */
const processRecord = z.object({
  pid: z.number().int().positive(),
  started: z.string(),
  /** What asks it to end; Postgres takes SIGTERM for "when the last client has gone". */
  signal: z.enum(['SIGTERM', 'SIGINT']).default('SIGTERM'),
});
type ProcessRecord = z.infer<typeof processRecord>;

/** A lock's holder, and the process whose end makes it a leftover. */
const holderRecord = processRecord.extend({ parent: processRecord.optional() });
type HolderRecord = z.infer<typeof holderRecord>;

/** How long a leftover may take to end by itself, in milliseconds. */
const PATIENCE = 8_000;

/** When a process started, in a form that no later process with the same id shares; undefined where there is none. */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in brackets and may hold anything; what follows begins with field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const zombie = fields[0] === 'Z' || fields[0] === 'X';
    return zombie ? undefined : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** The command line of a process, empty where it cannot be read. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}

const isAlive = (record: Pick<ProcessRecord, 'pid' | 'started'>) => startOf(record.pid) === record.started;

/** Waits until a process is gone. @returns false if it is still there after `milliseconds`. */
export async function gone(pid: number, milliseconds: number): Promise<boolean> {
  const started = startOf(pid);
  for (const end = Date.now() + milliseconds; started !== undefined && startOf(pid) === started;) {
    if (Date.now() > end) return false;
    await sleep(25);
  }
  return true;
}

/** Signals a process, or with a negative id its group; one that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

const recordPath = (dataDir: string, name: string) => join(dataDir, 'run', `${name}.json`);

/** Notes that this platform runs a process, so that a later start can end it if we cannot. */
export function recordProcess(
  dataDir: string,
  name: string,
  pid: number,
  ask: ProcessRecord['signal'] = 'SIGTERM',
): void {
  const started = startOf(pid);
  if (started === undefined) return;
  mkdirSync(join(dataDir, 'run'), { recursive: true, mode: 0o700 });
  writeWhole(recordPath(dataDir, name), JSON.stringify({ pid, started, signal: ask } satisfies ProcessRecord));
}

/** Forgets a process that has ended. */
export function forgetProcess(dataDir: string, name: string): void {
  rmSync(recordPath(dataDir, name), { force: true });
}

/**
 * Ends what an earlier platform over the same directory left running, and forgets it.
 *
 * @returns the names of the processes that were ended.
 */
export async function endLeftovers(dataDir: string, log: (line: string) => void): Promise<string[]> {
  const names = listRecords(dataDir);
  const ended = await Promise.all(
    names.map(async (name) => {
      const record = readRecord(recordPath(dataDir, name), processRecord);
      const alive = record !== undefined && isAlive(record);
      if (alive) await end(record);
      forgetProcess(dataDir, name);
      return alive ? [name] : [];
    }),
  );
  const found = ended.flat();
  if (found.length > 0) log(`ended what an earlier start had left: ${found.join(', ')}`);
  return found;
}

async function end(record: ProcessRecord): Promise<void> {
  signal(record.pid, record.signal);
  if (await gone(record.pid, PATIENCE)) return;
  signal(record.pid, 'SIGKILL');
  await gone(record.pid, PATIENCE);
}

function listRecords(dataDir: string): string[] {
  try {
    return readdirSync(join(dataDir, 'run')).flatMap((file) =>
      file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [],
    );
  } catch {
    return [];
  }
}

function readRecord<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes beside and renames, so that a kill leaves the old content or the new. */
function writeWhole(path: string, content: string, mode = 0o600): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, content, { mode });
  renameSync(beside, path);
}

/** A lock that is held; `release` may be called twice. */
export interface Lock {
  release(): void;
}

/** Why a lock cannot be had. */
export interface Held {
  readonly holder: number;
  /** The holder lives, but what it belonged to does not: it is about to end, or was left behind. */
  readonly orphaned: boolean;
}

/**
 * Takes a lock that a kill of its holder frees: the file names the holder and when it started.
 *
 * @param parent process id of what the holder belongs to, such as the npm that runs it
 * @returns the lock, or its living holder.
 */
export function takeLock(path: string, parent?: number): Lock | Held {
  const own = JSON.stringify({ ...describe(process.pid), parent: parent === undefined ? undefined : describe(parent) });
  const beside = `${path}.${process.pid}.${Date.now()}`;
  writeFileSync(beside, own, { mode: 0o600 });
  try {
    for (;;) {
      if (linked(beside, path)) return { release: () => releaseLock(path, own) };
      const found = readRecord(path, holderRecord);
      if (found !== undefined && isAlive(found))
        return { holder: found.pid, orphaned: found.parent !== undefined && !isAlive(found.parent) };
      discard(path, found);
    }
  } finally {
    rmSync(beside, { force: true });
  }
}

const describe = (pid: number) => ({ pid, started: startOf(pid) ?? '' });

/** Linking, unlike writing, makes the file and its content in one step. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead holder's lock. Another starter may have been quicker: its fresh lock is put back. */
function discard(path: string, judged: HolderRecord | undefined): void {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const taken = readRecord(aside, holderRecord);
  if (taken !== undefined && (taken.pid !== judged?.pid || taken.started !== judged.started)) linked(aside, path);
  rmSync(aside, { force: true });
}

function releaseLock(path: string, own: string): void {
  try {
    if (readFileSync(path, 'utf8') === own) rmSync(path, { force: true });
  } catch {
    // It is gone with its directory.
  }
}
