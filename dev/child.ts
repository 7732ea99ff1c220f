import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { argumentsFor } from './compile.ts';
import { ROOT, type Environment } from './environment.ts';
import { openLog } from './logs.ts';
import { endProcess, howItEnds, spawned, type RunningPart } from './part.ts';
import { forgetProcess, recordProcess } from './processes.ts';

/** Milliseconds until one of our processes must be ready; the worker bundles the workflows first. */
const READY_DEADLINE = 180_000;
/** Milliseconds to stop in order; the process gives up by itself a little before. */
const STOP_PATIENCE = 20_000;
const WARN = 40;

/** A line as pino writes it, as far as people are told of it. */
const logLine = z.object({
  level: z.number(),
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).optional(),
});
const levels: Readonly<Record<number, string>> = { 40: 'warning', 50: 'error', 60: 'fatal' };

interface OwnProcess {
  readonly name: string;
  /** File of the process, absolute or from the root of the checkout. */
  readonly file: string;
  /** Of the command. */
  readonly args?: readonly string[];
  readonly env: Environment;
  readonly dataDir: string;
  /** Takes warnings and worse for people; everything goes to the part's log. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts one of our own processes, in a session of its own, and waits until it says `ready` over IPC. It
 * ends by itself when this process dies.
 *
 * @throws Error with its last lines if it ends before it is ready.
 */
export async function startProcess(options: OwnProcess): Promise<RunningPart> {
  const { name, dataDir, signal } = options;
  const { child, pid, lastWords } = await launch(options, 'ipc');
  const exited = howItEnds(child);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) await endProcess(pid, 'SIGTERM', STOP_PATIENCE);
    await exited;
    forgetProcess(dataDir, name);
  };

  let late: NodeJS.Timeout | undefined;
  let abort = () => {};
  const outcome = await new Promise<string>((resolve) => {
    late = setTimeout(() => resolve(`not ready after ${READY_DEADLINE / 1000} s`), READY_DEADLINE);
    abort = () => resolve('aborted');
    signal?.addEventListener('abort', abort);
    child.once('message', () => resolve('ready'));
    void exited.then(resolve);
  });
  clearTimeout(late);
  signal?.removeEventListener('abort', abort);
  if (outcome === 'ready') return { pid, exited, stop };
  await stop();
  signal?.throwIfAborted();
  throw new Error(`${name} did not start (${outcome})${await lastWords()}`);
}

/**
 * Runs one of our own files to its end.
 *
 * @throws Error with its last lines if it does not exit with 0.
 */
export async function runToEnd(options: OwnProcess): Promise<void> {
  const { name, dataDir, signal } = options;
  const { child, pid, lastWords } = await launch(options, 'ignore');
  const abort = () => void endProcess(pid, 'SIGTERM', STOP_PATIENCE);
  signal?.addEventListener('abort', abort, { once: true });
  const how = await howItEnds(child);
  signal?.removeEventListener('abort', abort);
  forgetProcess(dataDir, name);
  signal?.throwIfAborted();
  if (how !== 'exit 0') throw new Error(`${name} ended with ${how}${await lastWords()}`);
}

async function launch(options: OwnProcess, fourth: 'ipc' | 'ignore') {
  options.signal?.throwIfAborted();
  const child = spawn(process.execPath, [...(await argumentsFor(options.file)), ...(options.args ?? [])], {
    cwd: ROOT,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', fourth],
  });
  const pid = await spawned(child);
  recordProcess(options.dataDir, options.name, pid);
  return { child, pid, lastWords: follow(child, options) };
}

/** Writes all that a process says to its log and tells people of the worst. @returns what gives its last words */
function follow({ stdout, stderr }: ChildProcess, { name, dataDir, log }: OwnProcess): () => Promise<string> {
  const descriptor = openLog(dataDir, name);
  const recent: string[] = [];
  const read = async (stream: Readable | null, plainMatters: boolean) => {
    if (stream === null) return;
    for await (const line of createInterface({ input: stream })) {
      keep(descriptor, line);
      const said = forPeople(line, plainMatters);
      if (said === undefined) continue;
      recent.push(said);
      if (recent.length > 15) recent.shift();
      log(`${name}: ${said}`);
    }
  };
  const drained = Promise.all([read(stdout, false), read(stderr, true)]).finally(() => closeSync(descriptor));
  return async () => {
    // What it left running could keep the pipes open.
    await Promise.race([drained, sleep(1000)]);
    return recent.length === 0 ? '' : `:\n${recent.join('\n')}`;
  };
}

function keep(descriptor: number, line: string): void {
  try {
    writeSync(descriptor, `${line}\n`);
  } catch {
    // A full disk is no reason to end the platform, nor to stop reading: the process would wait for us.
  }
}

/** A warning or worse in one line; undefined for what only the log needs. */
function forPeople(line: string, plainMatters: boolean): string | undefined {
  if (!line.startsWith('{')) return plainMatters && line.trim() !== '' ? line : undefined;
  try {
    const { level, msg, err } = logLine.parse(JSON.parse(line));
    if (level < WARN) return undefined;
    return `${levels[level] ?? 'warning'}: ${[msg, err?.message].filter((text) => text !== undefined && text !== '').join(': ')}`;
  } catch {
    return plainMatters ? line : undefined;
  }
}
