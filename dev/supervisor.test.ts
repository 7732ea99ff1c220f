import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startProcess } from './child.ts';
import { startOf } from './processes.ts';
import { supervised, type SupervisedPart } from './supervisor.ts';

let directory: string;
let part: SupervisedPart | undefined;
const said: string[] = [];
const gaveUp: Error[] = [];

/** A process of ours from source text, supervised. */
function supervise(source: string): SupervisedPart {
  const file = join(directory, 'part.mjs');
  writeFileSync(file, source);
  const log = (line: string) => said.push(line);
  const env = { PATH: process.env['PATH'] ?? '' };
  part = supervised({
    name: 'dummy',
    start: (signal) => startProcess({ name: 'dummy', file, env, dataDir: directory, log, signal }),
    log,
    giveUp: (reason) => gaveUp.push(reason),
  });
  return part;
}

/** A busy machine takes seconds to start a process. */
const patience = { timeout: 60_000, interval: 50 };
const ready = "process.send('ready'); setInterval(() => {}, 1000);";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rent-to-own-supervisor-'));
  said.length = 0;
  gaveUp.length = 0;
});
afterEach(async () => {
  await part?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('starts a part again that was killed', async () => {
  const dummy = supervise(ready);
  await dummy.begin();
  const first = dummy.pid ?? 0;
  process.kill(first, 'SIGKILL');
  await vi.waitFor(() => expect(dummy.restarts).toBe(1), patience);
  await dummy.up();
  expect(dummy.pid).not.toBe(first);
  await vi.waitFor(
    () => expect(said).toEqual(['dummy ended unasked (SIGKILL); starting it again', 'dummy runs again']),
    patience,
  );

  const second = dummy.pid ?? 0;
  await dummy.stop();
  expect(startOf(second)).toBeUndefined();
  expect(dummy.pid).toBeUndefined();
});

test('gives up after the sixth crash within a minute', async () => {
  await supervise("process.send('ready', () => process.exit(3));").begin();
  await vi.waitFor(() => expect(gaveUp).toHaveLength(1), patience);
  expect(gaveUp[0]?.message).toBe('dummy crashed 6 times within a minute, last with: exit 3');
});

test('a first start that fails says the last words', async () => {
  await expect(supervise("console.error('the tank is empty'); process.exitCode = 4;").begin()).rejects.toThrow(
    /dummy did not start \(exit 4\):\nthe tank is empty/,
  );
});

test('a stop ends a start that is under way', async () => {
  const dummy = supervise('setInterval(() => {}, 1000);');
  const begun = dummy.begin();
  const outcome = expect(begun).rejects.toThrow('dummy is being stopped');
  await sleep(200);
  await dummy.stop();
  await outcome;
});

test('tells people of warnings, and keeps everything in the log', async () => {
  const line = (level: number, msg: string) => `console.log(JSON.stringify({ level: ${level}, msg: '${msg}' }));`;
  await supervise(`${line(30, 'all well')}${line(40, 'low on fuel')}${ready}`).begin();
  await vi.waitFor(() => expect(said).toEqual(['dummy: warning: low on fuel']), patience);
  expect(readFileSync(join(directory, 'logs', 'dummy.log'), 'utf8')).toContain('all well');
});
