import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** Of a file: seconds of CPU of its process meanwhile, and of the processes that it started. */
    cpuSeconds?: number;
  }
}

/** Clock ticks a second in Linux's /proc. */
const TICKS = 100;
/** Files of a run that is worth a table, and rows of it. */
const MANY = 40;
const ROWS = 10;

/** Seconds of CPU that this process has used, and its children that have ended, where the system tells of them. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000 + ofChildren();
}

function ofChildren(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / TICKS;
  } catch {
    return 0;
  }
}

/** Says at the end of a long run which files were the dearest: what a quiet machine takes is CPU by its cores. */
export class DearestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length < MANY) return;
    const files = modules.map((one) => ({
      path: relative(process.cwd(), one.moduleId),
      cpu: one.meta().cpuSeconds ?? 0,
    }));
    const rows = files.toSorted((a, b) => b.cpu - a.cpu).slice(0, ROWS);
    const lines = rows.map(({ path, cpu }) => `${cpu.toFixed(1).padStart(8)} s  ${path}`);
    process.stderr.write(`dearest files, in CPU without the run's servers:\n${lines.join('\n')}\n`);
  }
}
