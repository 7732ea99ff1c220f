import { mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** A part's log begins anew at a start that finds it larger than this many bytes. */
const LARGEST = 10 * 1024 * 1024;

/** Where a part writes what it has to say. */
export const logPath = (dataDir: string, name: string) => join(dataDir, 'logs', `${name}.log`);

/** Opens a part's log for appending. The caller closes the descriptor. */
export function openLog(dataDir: string, name: string): number {
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const path = logPath(dataDir, name);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGEST) truncateSync(path);
  return openSync(path, 'a', 0o600);
}

/** The last lines of a part's log from byte `offset` on, for an error message. */
export function lastLines(path: string, offset = 0, count = 12): string {
  try {
    return readFileSync(path).subarray(offset).toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

/** `1.2 s`, `48 s`, `3 m 05 s` since `from` (milliseconds since the epoch). */
export function elapsed(from: number): string {
  const seconds = (Date.now() - from) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} m ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
}
