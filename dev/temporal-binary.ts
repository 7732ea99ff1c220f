import { execFile, spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { elapsed } from './logs.ts';
import { howItEnds, spawned } from './part.ts';
import { takeLock, type Lock } from './processes.ts';
import { buildServer, builtServer, hasGo, isThere } from './temporal-build.ts';

/** The first server with time travel as the platform uses it. */
const OLDEST: readonly [number, number] = [1, 32];
/** Milliseconds within which a download must have begun, and must go on. */
const DOWNLOAD_PATIENCE = 15_000;

interface FindOptions {
  readonly log: (line: string) => void;
  /** Ends a build or download that is under way. */
  readonly signal?: AbortSignal | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * The path of a command that takes `server start-dev`, the first that exists of: `TEMPORAL_CLI`, a
 * `temporal` on the PATH whose server is 1.32 or later, the one built or downloaded before, a download, a
 * build of dev/temporal-server.
 *
 * @throws Error naming the ways out where nothing works, or why `TEMPORAL_CLI` cannot be used.
 */
export async function findTemporalServer(options: FindOptions): Promise<string> {
  const environment = options.environment ?? process.env;
  const chosen = environment['TEMPORAL_CLI'];
  if (chosen !== undefined && chosen !== '') {
    const problem = await problemOf(chosen);
    if (problem !== undefined) throw new Error(`TEMPORAL_CLI: ${chosen} ${problem}`);
    return chosen;
  }
  const onPath = findOnPath(environment['PATH'] ?? '');
  if (onPath !== undefined) {
    const problem = await problemOf(onPath);
    if (problem === undefined) return onPath;
    options.log(`${onPath} is passed over: it ${problem}`);
  }
  const cache = cacheDirectory();
  const ours = [builtServer(cache), join(cache, 'temporal-downloaded', 'temporal')];
  return ours.find(isThere) ?? (await obtain(cache, ours, options));
}

async function problemOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    const [, major, minor] = /Server (\d+)\.(\d+)/.exec(stdout) ?? [];
    if (major === undefined || minor === undefined)
      return `does not name its server's version (it says "${stdout.trim()}")`;
    const recent = Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
    return recent ? undefined : `has server ${major}.${minor}, and ${OLDEST.join('.')} or later is needed`;
  } catch (error) {
    return `does not run (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
}

function findOnPath(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'temporal'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

/** For what is worth keeping over checkouts; where the home directory cannot be written, the temporary one. */
export function cacheDirectory(): string {
  const first = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rent-to-own');
  try {
    mkdirSync(first, { recursive: true });
    accessSync(first, constants.W_OK);
    return first;
  } catch {
    const second = join(tmpdir(), `rent-to-own-${userInfo().uid}`);
    mkdirSync(second, { recursive: true, mode: 0o700 });
    return second;
  }
}

/** One at a time: whoever comes while another builds waits for the outcome. */
async function obtain(cache: string, [built, downloaded]: string[], options: FindOptions): Promise<string> {
  if (built === undefined || downloaded === undefined) throw new Error('there is no place for the server');
  const lock = await waitForLock(join(cache, 'temporal.lock'), options);
  try {
    const ready = [built, downloaded].find(isThere);
    if (ready !== undefined) return ready;
    if (await download(downloaded, options)) return downloaded;
    if (!hasGo()) throw new Error('there is no Go toolchain to build one with');
    await buildServer(built, { cacheDir: cache, log: options.log, signal: options.signal });
    return built;
  } catch (cause) {
    options.signal?.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `There is no Temporal server to start: ${why}\nEach of these helps:\n` +
        `  - set TEMPORAL_ADDRESS to a running server, ${OLDEST.join('.')} or later\n` +
        `  - install the \`temporal\` command (server ${OLDEST.join('.')} or later) on the PATH, or set TEMPORAL_CLI to where it is\n` +
        '  - install Go (https://go.dev/dl): the server in dev/temporal-server is then built at the next start',
      { cause },
    );
  } finally {
    lock.release();
  }
}

async function waitForLock(path: string, { log, signal }: FindOptions): Promise<Lock> {
  const began = Date.now();
  for (let rounds = 0; ; rounds += 1) {
    signal?.throwIfAborted();
    const lock = takeLock(path);
    if ('release' in lock) return lock;
    if (rounds % 60 === 0)
      log(`another start (process ${lock.holder}) gets the Temporal server; waiting for it, ${elapsed(began)}`);
    await sleep(250);
  }
}

/** @returns false where there is no network, or what came is too old. */
async function download(target: string, { log, signal }: FindOptions): Promise<boolean> {
  mkdirSync(dirname(target), { recursive: true });
  const directory = mkdtempSync(join(dirname(target), 'unfinished-'));
  try {
    const file = await downloadInto(directory, log, signal);
    if (file === undefined || (await problemOf(file)) !== undefined) return false;
    chmodSync(file, 0o755);
    renameSync(file, target);
    return true;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns the file, or undefined where nothing came for a while. */
async function downloadInto(
  directory: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string | undefined> {
  log('looking for a Temporal server to download');
  const script = fileURLToPath(new URL('./temporal-download.ts', import.meta.url));
  // By name, from beside the script: the tests' own loader, which may be what runs this, resolves no modules.
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    cwd: dirname(script),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await spawned(child);
  let file = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (file += text));
  let ended: string | undefined;
  void howItEnds(child).then((how) => (ended = how));
  for (let size = 0, moved = Date.now(); ended === undefined;) {
    await sleep(100);
    const now = sizeOf(directory);
    if (now !== size) moved = Date.now();
    size = now;
    if (signal?.aborted === true || Date.now() - moved > DOWNLOAD_PATIENCE) child.kill('SIGKILL');
  }
  return ended === 'exit 0' && file !== '' ? file : undefined;
}

const sizeOf = (directory: string) =>
  readdirSync(directory).reduce(
    (sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
