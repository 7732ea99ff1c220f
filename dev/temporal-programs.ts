import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { BUILD_FLAGS, builtServer, isThere } from './temporal-build.ts';
import { cacheDirectory } from './temporal-binary.ts';
import { elapsed } from './logs.ts';
import { reducedSources, WITHOUT } from './temporal-sources.ts';

const SOURCE = fileURLToPath(new URL('./temporal-server/', import.meta.url));
const MOST_OUTPUT = 64 * 1024 * 1024;
const modules = z.array(z.object({ Path: z.string(), Dir: z.string() }));

/** Of the images `temporalio/server` and `temporalio/admin-tools`. */
export const deployedPrograms = {
  'temporal-server': 'go.temporal.io/server/cmd/server',
  'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
} as const;

interface Build {
  /** Their main packages, by name. */
  readonly programs: Readonly<Record<string, string>>;
  readonly into: string;
  /** A directory for sources, which are removed again. */
  readonly sources: string;
  /** Modules whose place is asked for beside those that are built. */
  readonly also?: readonly string[];
}

/**
 * Builds programs of the embedded server's modules, of the sources and with the flags that that is built of: what Go has built
 * for it is used.
 *
 * @returns where Go keeps the modules that were asked for
 */
export async function buildTemporalPrograms({
  programs,
  into,
  sources,
  also = [],
}: Build): Promise<Map<string, string>> {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
  const go = async (args: readonly string[]) =>
    (await promisify(execFile)('go', [...args], { cwd: SOURCE, env, maxBuffer: MOST_OUTPUT })).stdout;
  const said = await go(['mod', 'download', '-json', ...Object.keys(WITHOUT), ...also]);
  const places = new Map(
    modules.parse(JSON.parse(`[${said.replaceAll('}\n{', '},{')}]`)).map(({ Path, Dir }) => [Path, Dir]),
  );
  const flags = ['-mod=mod', `-modfile=${reducedSources(SOURCE, sources, places)}`, ...BUILD_FLAGS];
  for (const [name, source] of Object.entries(programs))
    await go(['build', ...flags, '-ldflags=-s -w', '-o', join(into, name), source]);
  rmSync(sources, { recursive: true });
  return places;
}

/** The directory of the server and the schema tool that are deployed, built at the first call. */
export async function findDeployedPrograms(log: (line: string) => void): Promise<string> {
  const cache = cacheDirectory();
  const target = join(cache, basename(dirname(builtServer(cache))).replace('server', 'deployed'));
  if (isThere(target)) return target;
  const began = Date.now();
  log('building the deployed Temporal server and its schema tool with Go, once');
  const unfinished = `${target}.${process.pid}`;
  mkdirSync(unfinished);
  try {
    await buildTemporalPrograms({
      programs: deployedPrograms,
      into: unfinished,
      sources: `${unfinished}-sources`,
    });
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(`${unfinished}-sources`, { recursive: true, force: true });
  }
  log(`they are built (${elapsed(began)})`);
  return target;
}
