import { readdir, mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

/*
 * Runs bench/*.bench.ts: each measures ours beside its bare limit, in the same process and minute. The
 * benchmarks take turns, so that a slow moment of the machine falls on all of them, and the median of the
 * rounds counts. `npm run bench -- codec` runs those whose file begins so; ROUNDS sets the rounds. With
 * `--against <checkout>` each takes turns with itself in another checkout of ours, whose packages are installed.
 */
/** What such a file exports. */
interface Benchmark {
  readonly name: string;
  /** One measurement of both, in the same unit; a larger figure is better. */
  run(): Promise<Measurement>;
  /** Gives back what the benchmark holds. */
  close?(): Promise<void>;
}

export interface Measurement {
  readonly ours: number;
  readonly bare: number;
  readonly unit: string;
}

const directory = import.meta.dirname;
const rounds = z.coerce.number().int().min(1).default(5).parse(process.env['ROUNDS']);
const { values: options, positionals: wanted } = parseArgs({
  options: { against: { type: 'string' } },
  allowPositionals: true,
});

const files = (await readdir(directory)).filter((file) => file.endsWith('.bench.ts')).sort();
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((prefix) => file.startsWith(prefix)));
if (chosen.length === 0)
  throw new Error(`no benchmark begins with ${wanted.join(' or ')}; there are ${files.join(', ')}`);

const benchmarks = await Promise.all(chosen.map((file) => load(join(directory, file))));
const others = options.against === undefined ? [] : await othersIn(options.against);
const measurements = new Map<string, Measurement[]>(benchmarks.map(({ name }) => [name, []]));
const theirs = new Map<string, number[]>(others.map(({ name }) => [name, []]));
try {
  // The first round warms up and is thrown away.
  for (let round = 0; round <= rounds; round++) {
    for (const benchmark of benchmarks) {
      globalThis.gc?.();
      const measured = await benchmark.run();
      if (round > 0) measurements.get(benchmark.name)?.push(measured);
      const other = others.find(({ name }) => name === benchmark.name);
      const against = await other?.run();
      if (round > 0 && against !== undefined) theirs.get(benchmark.name)?.push(against.ours);
    }
  }
} finally {
  await Promise.all([...benchmarks, ...others].map(async (benchmark) => benchmark.close?.()));
}

const results = Array.from(measurements, ([name, all]) => {
  const ours = median(all.map((one) => one.ours));
  const bare = median(all.map((one) => one.bare));
  const before = theirs.get(name) ?? [];
  const against = before.length === 0 ? null : median(all.map((one, i) => one.ours / (before[i] ?? Number.NaN)));
  const ratio = median(all.map((one) => one.ours / one.bare));
  return { name, unit: all[0]?.unit ?? '', ours, bare, ratio, against };
});
for (const { name, unit, ours, bare, ratio, against } of results) {
  const figure = (value: number) => Math.round(value).toLocaleString('en').padStart(12);
  process.stdout.write(
    `${name.padEnd(40)} ${figure(ours)} of ${figure(bare)} ${unit}  = ${(ratio * 100).toFixed(0)} %${
      against === null ? '' : `, ${against.toFixed(2)} times the other checkout`
    }\n`,
  );
}

const at = new Date();
const path = join(directory, 'results', `${at.toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() };
await mkdir(join(directory, 'results'), { recursive: true });
await writeFile(
  path,
  `${JSON.stringify({ at, rounds, machine, results, measurements: Object.fromEntries(measurements) }, null, 2)}\n`,
);

async function load(file: string): Promise<Benchmark> {
  const module: unknown = await import(file);
  if (!isBenchmark(module)) throw new Error(`${file} does not export name and run`);
  return module;
}

/** The same benchmarks of another checkout, as far as it has them. */
async function othersIn(checkout: string): Promise<Benchmark[]> {
  const there = resolve(checkout, 'bench');
  const known = await readdir(there);
  return Promise.all(chosen.filter((file) => known.includes(file)).map((file) => load(join(there, file))));
}

function isBenchmark(module: unknown): module is Benchmark {
  if (typeof module !== 'object' || module === null) return false;
  return 'name' in module && typeof module.name === 'string' && 'run' in module && typeof module.run === 'function';
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
