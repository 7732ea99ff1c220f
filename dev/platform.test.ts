import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigurationError } from '#platform/config';
import { ownDirectory } from '#test/directory';
import { startPlatform } from './platform.ts';
import { freePorts, portVariables } from './ports.ts';
import { takeLock } from './processes.ts';

let dataDir: string;
const log = () => {};

/** Free ports for every part; the variables of whoever runs the tests do not count. */
async function environment(): Promise<Record<string, string>> {
  const names = Object.keys(portVariables);
  const ports = await freePorts(8);
  const unset = { NODE_ENV: '', DATABASE_URL: '', TEMPORAL_ADDRESS: '', MQTT_URL: '', JWT_KEYS: '' };
  return { ...unset, ...Object.fromEntries(names.map((name, index) => [name, String(ports[index])])) };
}

beforeEach(async () => {
  dataDir = await ownDirectory('platform');
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test('a directory belongs to one platform at a time', async () => {
  const lock = takeLock(join(dataDir, 'lock'));
  expect(lock).toHaveProperty('release');
  await expect(startPlatform({ dataDir, env: await environment(), log })).rejects.toThrow(
    `${dataDir} is in use by another platform (process ${process.pid})`,
  );
});

test('a taken port stops the start before anything runs, and leaves no lock', async () => {
  const env = await environment();
  const server = createServer().listen(Number(env['MQTT_PORT']), '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await expect(startPlatform({ dataDir, env, log })).rejects.toThrow(
      `port ${env['MQTT_PORT']} (MQTT broker) is taken; MQTT_PORT moves it`,
    );
    expect(existsSync(join(dataDir, 'run'))).toBe(false);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a wrong variable stops the start, and leaves no lock', async () => {
  const env = { ...(await environment()), COLLECT_POLLS: 'often' };
  const start = startPlatform({ dataDir, env, log });
  await expect(start).rejects.toThrow(ConfigurationError);
  await expect(start).rejects.toThrow(/COLLECT_POLLS/);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

test('a stop while it starts ends what has started', async () => {
  const controller = new AbortController();
  const said: string[] = [];
  const notice = (line: string) => {
    said.push(line);
    if (line.startsWith('Postgres is ready')) controller.abort(new Error('enough'));
  };
  await expect(
    startPlatform({ dataDir, env: await environment(), log: notice, signal: controller.signal }),
  ).rejects.toThrow('enough');
  expect(said.some((line) => line.startsWith('Postgres is ready'))).toBe(true);
  expect(existsSync(join(dataDir, 'run'))).toBe(false);
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
});

test('an unreadable lock and half-written records do not stop a start', async () => {
  writeFileSync(join(dataDir, 'lock'), '{"pid":');
  const env = { ...(await environment()), COLLECT_POLLS: 'often' };
  await expect(startPlatform({ dataDir, env, log })).rejects.toThrow(/COLLECT_POLLS/);
});

test('a start whose npm was killed before it began ends at once, and leaves nothing', async () => {
  const gone = spawn('true', { stdio: 'ignore' });
  await once(gone, 'exit');
  const env = { ...process.env, ...(await environment()), DATA_DIR: dataDir, NPM_PID: String(gone.pid) };
  const start = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'start.ts')], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(await once(start, 'exit')).toEqual([0, null]);
  expect(readdirSync(dataDir).filter((name) => name !== 'secrets.json')).toEqual([]);
});
