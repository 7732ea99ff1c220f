import { readdirSync, readFileSync } from 'node:fs';
import type { PartName, Platform } from '#dev/platform';

/** Clock ticks a second in Linux's /proc. */
const TICKS = 100;

export const measuredParts = ['worker', 'api', 'relay', 'telematics', 'simulators', 'temporal', 'postgres'] as const;
export type MeasuredPart = (typeof measuredParts)[number] & PartName;

interface PartUse {
  /** What belongs to it alone and its share of what it has with others (PSS), bytes. */
  readonly memory: number;
  /** Seconds of CPU since it started, its children included. */
  readonly cpu: number;
}

export type Use = ReadonlyMap<MeasuredPart, PartUse>;

/** What each process of a platform uses now: of Postgres all its backends together. */
export function useOf(platform: Platform): Use {
  const children = childrenByParent();
  return new Map(
    measuredParts.map((name) => {
      const { pid } = platform.part(name);
      return [name, pid === undefined ? { memory: 0, cpu: 0 } : sum([pid, ...below(pid, children)])];
    }),
  );
}

/** Seconds of CPU of each part between two looks. */
export function cpuBetween(before: Use, after: Use): ReadonlyMap<MeasuredPart, number> {
  return new Map(measuredParts.map((name) => [name, (after.get(name)?.cpu ?? 0) - (before.get(name)?.cpu ?? 0)]));
}

/**
 * Milliseconds of CPU of each part for one of so many, between two looks.
 *
 * @param calm what each part takes in a second without them
 * @param seconds between the two looks
 */
export function cpuMsEach(
  [before, after]: readonly [Use, Use],
  { count, seconds, calm = new Map() }: CpuOf,
): ReadonlyMap<MeasuredPart, number> {
  const used = cpuBetween(before, after);
  const of = (name: MeasuredPart) => (used.get(name) ?? 0) - (calm.get(name) ?? 0) * seconds;
  return new Map(measuredParts.map((name) => [name, Math.max(0, (of(name) * 1_000) / count)]));
}

interface CpuOf {
  readonly count: number;
  readonly seconds: number;
  readonly calm?: ReadonlyMap<MeasuredPart, number>;
}

function sum(pids: readonly number[]): PartUse {
  return {
    memory: pids.reduce((total, pid) => total + pss(pid), 0),
    // Of children that have ended the parent has the time; of those that live it is their own.
    cpu: pids.reduce((total, pid, index) => total + cpuOf(pid, index === 0), 0),
  };
}

function below(pid: number, children: ReadonlyMap<number, readonly number[]>): number[] {
  return (children.get(pid) ?? []).flatMap((child) => [child, ...below(child, children)]);
}

function childrenByParent(): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? Number(statOf(pid)[1]) : Number.NaN;
    if (Number.isInteger(parent)) found.set(parent, [...(found.get(parent) ?? []), pid]);
  }
  return found;
}

/** The fields of /proc/<pid>/stat from the third on; none where it is gone. */
function statOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Seconds of CPU of one process. */
export const cpuSecondsOf = (pid: number): number => cpuOf(pid, true);

function cpuOf(pid: number, withEnded: boolean): number {
  const fields = statOf(pid);
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  const ended = withEnded ? Number(fields[13] ?? 0) + Number(fields[14] ?? 0) : 0;
  return (ticks + ended) / TICKS;
}

function pss(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

/** Empty where the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
