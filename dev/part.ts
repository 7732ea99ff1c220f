import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync } from 'node:fs';
import { openLog } from './logs.ts';
import { forgetProcess, gone, recordProcess, signal } from './processes.ts';

/** A process of the platform that runs and is ready. */
export interface RunningPart {
  readonly pid: number;
  /** Settles when the process has ended, wanted or not, with how it ended (`exit 1`, `SIGKILL`). */
  readonly exited: Promise<string>;
  /** Asks it to end, insists after a while, and waits until it is gone. */
  stop(): Promise<void>;
}

/** A program that logs into a file and knows nothing of us: it outlives a killed platform until the next start. */
interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly dataDir: string;
  readonly env?: Record<string, string | undefined>;
  readonly account?: { readonly uid?: number; readonly gid?: number };
  readonly endsBy?: 'SIGTERM' | 'SIGINT';
  /** Milliseconds it may take to end before it is killed. */
  readonly patience?: number;
}

/** A started program, perhaps not ready yet; its log of this run begins at byte `logOffset`. */
export interface StartedProgram extends RunningPart {
  readonly logOffset: number;
}

/**
 * Starts a program in a session of its own, so that a terminal's Ctrl-C does not reach it, and notes it
 * for the next start to end should we be killed.
 */
export async function startProgram(program: Program): Promise<StartedProgram> {
  const { name, command, args, dataDir } = program;
  const descriptor = openLog(dataDir, name);
  try {
    const logOffset = fstatSync(descriptor).size;
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', descriptor, descriptor],
      cwd: '/',
      ...(program.env === undefined ? {} : { env: program.env }),
      ...program.account,
    });
    const pid = await spawned(child);
    const endsBy = program.endsBy ?? 'SIGTERM';
    recordProcess(dataDir, name, pid, endsBy);
    const exited = howItEnds(child);
    const stop = async () => {
      if (child.exitCode === null && child.signalCode === null)
        await endProcess(pid, endsBy, program.patience ?? 10_000);
      await exited;
      forgetProcess(dataDir, name);
    };
    return { pid, exited, stop, logOffset };
  } finally {
    closeSync(descriptor);
  }
}

/** @throws Error if the program could not be started at all. */
export function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

/** Settles with how a child ended. */
export function howItEnds(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signalName) => resolve(signalName ?? `exit ${code}`));
  });
}

/** Asks a process to end, and kills it if it has not after `patience` milliseconds. */
export async function endProcess(pid: number, ask: NodeJS.Signals, patience: number): Promise<void> {
  signal(pid, ask);
  if (await gone(pid, patience)) return;
  signal(pid, 'SIGKILL');
  await gone(pid, patience);
}

/** Takes over a program that an earlier platform started. It is nobody's child here, so its end is looked for. */
export function adoptProgram(
  program: Pick<Program, 'name' | 'dataDir' | 'endsBy' | 'patience'>,
  pid: number,
): RunningPart {
  const { name, dataDir, endsBy = 'SIGTERM', patience = 10_000 } = program;
  recordProcess(dataDir, name, pid, endsBy);
  const exited = (async () => {
    while (!(await gone(pid, 500)));
    return 'ended';
  })();
  const stop = async () => {
    await endProcess(pid, endsBy, patience);
    await exited;
    forgetProcess(dataDir, name);
  };
  return { pid, exited, stop };
}
