import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ROOT } from '#dev/environment';

/** A platform that `npm start` runs, in a process group of its own as a terminal gives it. */
export interface NpmStart {
  /** Every line that it has printed, both streams. */
  readonly lines: readonly string[];
  /** Process ids of npm's group leader, the main process and every part. */
  pids(): number[];
  /** Signals the whole group, as Ctrl-C does; false when there is nobody left. */
  signalGroup(name: NodeJS.Signals): boolean;
  /** Settles with the exit code of npm, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

const withPid = z.object({ pid: z.number() });

/**
 * Runs `npm start` and waits for its last line.
 *
 * @throws Error with all that it said when it ends before.
 */
export async function npmStart(dataDir: string, env: Readonly<Record<string, string>>): Promise<NpmStart> {
  // What a test run sets must not make this start another than a person's.
  const { NODE_ENV: _environment, VITEST: _vitest, ...own } = process.env;
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...own, ...env, DATA_DIR: dataDir },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line === 'ready') resolve();
      });
    }
  });
  const exited = once(child, 'exit').then(([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? 1);
  const early = exited.then((how) => {
    throw new Error(`npm start ended with ${how}:\n${lines.join('\n')}`);
  });
  await Promise.race([ready, early]);
  early.catch(() => {});
  const leader = child.pid ?? 0;
  return {
    lines,
    exited,
    pids: () => [leader, ...recorded(dataDir)],
    signalGroup(name) {
      try {
        return process.kill(-leader, name);
      } catch {
        return false;
      }
    },
  };
}

/** Process ids that a platform has noted: of its lock and of its parts. None once it has stopped in order. */
function recorded(dataDir: string): number[] {
  if (!existsSync(join(dataDir, 'lock'))) return [];
  const parts = readdirSync(join(dataDir, 'run')).filter((file) => file.endsWith('.json'));
  return [join(dataDir, 'lock'), ...parts.map((file) => join(dataDir, 'run', file))].map(
    (path) => withPid.parse(JSON.parse(readFileSync(path, 'utf8'))).pid,
  );
}
