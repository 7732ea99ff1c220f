import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { elapsed } from './logs.ts';
import { howItEnds, spawned } from './part.ts';
import { endLeftovers, forgetProcess, recordProcess, signal as signalProcess } from './processes.ts';
import { reducedSources, WITHOUT } from './temporal-sources.ts';

const SOURCE = fileURLToPath(new URL('./temporal-server/', import.meta.url));
/** Nobody debugs it, and what debuggers want takes the compiler a tenth of its time. */
export const BUILD_FLAGS = ['-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false'];
/** Milliseconds between two lines about how far a build is. */
const PROGRESS_EVERY = 15_000;

/** Where the server of our sources, as they are now, belongs. */
export function builtServer(cacheDir: string): string {
  const hash = createHash('sha256').update(JSON.stringify(WITHOUT));
  for (const file of readdirSync(SOURCE, { encoding: 'utf8', recursive: true })
    .filter((name) => /\.(go|mod|sum)$/.test(name))
    .toSorted()) {
    hash.update(`${file}\0`).update(readFileSync(join(SOURCE, file)));
  }
  return join(cacheDir, `temporal-server-${hash.digest('hex').slice(0, 12)}`, 'temporal');
}

/** Whether there is a Go toolchain to build with. */
export const hasGo = () => spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;

interface BuildOptions {
  /** Directory of what is built; keeps a note of the Go that runs, for a later start to end. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds the server from dev/temporal-server: minutes the first time, seconds where Go has built it before.
 * The caller holds a lock.
 *
 * @throws Error with the end of what Go said.
 */
export async function buildServer(target: string, options: BuildOptions): Promise<void> {
  const { cacheDir, log } = options;
  const began = Date.now();
  log(
    'building the Temporal server with Go; this takes three to five minutes, once. A `temporal` command on the PATH (server 1.32 or later), TEMPORAL_CLI or TEMPORAL_ADDRESS make it unnecessary',
  );
  await endLeftovers(cacheDir, log);
  const sources = `${dirname(target)}-sources`;
  const modfile = `-modfile=${reducedSources(SOURCE, sources, await modulesOf(options))}`;
  const total = await countPackages(modfile, options);
  mkdirSync(dirname(target), { recursive: true });
  const unfinished = `${target}.unfinished`;
  let seen = 0;
  const progress = setInterval(
    () => log(`still building the Temporal server: ${seen} of at most ${total} packages, ${elapsed(began)}`),
    PROGRESS_EVERY,
  );
  try {
    const build = ['build', modfile, '-v', ...BUILD_FLAGS, '-ldflags=-s -w', '-o', unfinished, '.'];
    await go(build, 'stderr', () => (seen += 1), options);
    renameSync(unfinished, target);
  } finally {
    clearInterval(progress);
    rmSync(unfinished, { force: true });
    rmSync(sources, { recursive: true, force: true });
  }
  log(`the Temporal server is built (${elapsed(began)})`);
}

/** Where Go keeps the modules that are changed, by their names. */
async function modulesOf(options: BuildOptions): Promise<Map<string, string>> {
  const said = await fetched(['mod', 'download', '-json', ...Object.keys(WITHOUT)], options);
  const modules = z.array(z.object({ Path: z.string(), Dir: z.string() }));
  const all = modules.parse(JSON.parse(`[${said.join('').replaceAll('}{', '},{')}]`));
  return new Map(all.map(({ Path, Dir }) => [Path, Dir]));
}

/** Fetches the other modules on the way. */
const countPackages = async (modfile: string, options: BuildOptions): Promise<number> =>
  (await fetched(['list', modfile, '-deps', ...BUILD_FLAGS, '.'], options)).length;

/** What Go said, line by line; a network that fails once gets a second chance. */
async function fetched(args: string[], options: BuildOptions): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const lines: string[] = [];
    try {
      await go(args, 'stdout', (line) => lines.push(line), options);
      return lines;
    } catch (error) {
      if (attempt === 3 || options.signal?.aborted === true) throw error;
      options.log("fetching the Temporal server's modules failed; trying again");
    }
  }
}

/** @param onLine is called for every line of `counted` */
async function go(
  args: string[],
  counted: 'stdout' | 'stderr',
  onLine: (line: string) => void,
  { cacheDir, signal }: BuildOptions,
): Promise<void> {
  signal?.throwIfAborted();
  // A group of its own: Go's compilers end with it, and a Ctrl-C reaches it by way of us alone.
  const child = spawn('go', args, {
    cwd: SOURCE,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' },
  });
  const pid = await spawned(child);
  recordProcess(cacheDir, 'go', pid);
  const abort = () => signalProcess(-pid, 'SIGTERM');
  signal?.addEventListener('abort', abort, { once: true });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  createInterface({ input: child[counted] }).on('line', onLine);
  try {
    const how = await howItEnds(child);
    signal?.throwIfAborted();
    if (how !== 'exit 0') throw new Error(`go ${args[0] ?? ''} ended with ${how}:\n${said.slice(-12).join('\n')}`);
  } finally {
    signal?.removeEventListener('abort', abort);
    forgetProcess(cacheDir, 'go');
  }
}

/** Whether a server was built or downloaded to this place. */
export const isThere = (path: string) => existsSync(path);
