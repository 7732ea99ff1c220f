import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { howItEnds } from './part.ts';
import { endLeftovers, recordProcess, startOf, takeLock } from './processes.ts';

let dataDir: string;
const children: ChildProcess[] = [];

function sleeper(script = 'exec sleep 60'): { child: ChildProcess; pid: number } {
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore' });
  children.push(child);
  if (child.pid === undefined) throw new Error('no process');
  return { child, pid: child.pid };
}

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'rent-to-own-processes-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

test('ends what an earlier start left and forgets it', async () => {
  const { child, pid } = sleeper();
  const ended = howItEnds(child);
  recordProcess(dataDir, 'left', pid);
  const said: string[] = [];
  expect(await endLeftovers(dataDir, (line) => said.push(line))).toEqual(['left']);
  expect(await ended).toBe('SIGTERM');
  expect(said).toEqual(['ended what an earlier start had left: left']);
  expect(await endLeftovers(dataDir, () => {})).toEqual([]);
});

test('leaves alone a process that only has the id of a leftover', async () => {
  const { child, pid } = sleeper();
  mkdirSync(join(dataDir, 'run'));
  writeFileSync(join(dataDir, 'run', 'gone.json'), JSON.stringify({ pid, started: 'long ago' }));
  writeFileSync(join(dataDir, 'run', 'damaged.json'), '{"pid":');
  expect(await endLeftovers(dataDir, () => {})).toEqual([]);
  expect(child.exitCode).toBeNull();
  expect(startOf(pid)).toBeDefined();
  expect(existsSync(join(dataDir, 'run', 'gone.json'))).toBe(false);
});

test('a lock has one holder until it is released', () => {
  const path = join(dataDir, 'lock');
  const lock = takeLock(path);
  expect(takeLock(path)).toEqual({ holder: process.pid, orphaned: false });
  if ('release' in lock) lock.release();
  expect(takeLock(path)).toHaveProperty('release');
});

test('a dead holder loses its lock, a damaged one counts as dead', () => {
  const path = join(dataDir, 'lock');
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'in an earlier life' }));
  const lock = takeLock(path);
  expect(lock).toHaveProperty('release');
  writeFileSync(path, '');
  expect(takeLock(path)).toHaveProperty('release');
});

test('a holder whose parent is gone is an orphan', async () => {
  const { child, pid } = sleeper();
  const ended = howItEnds(child);
  const path = join(dataDir, 'lock');
  takeLock(path, pid);
  expect(takeLock(path)).toMatchObject({ orphaned: false });
  child.kill();
  await ended;
  expect(takeLock(path)).toEqual({ holder: process.pid, orphaned: true });
});
