import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { testConfig } from '#test/config';

let directory: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rent-to-own-lifecycle-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A process that lives by `runProcess`, with `body` as its start. */
function launch(body: string, variables: Record<string, string> = {}) {
  const file = join(directory, `${children.length}.mts`);
  const lifecycle = new URL('./lifecycle.ts', import.meta.url).href;
  writeFileSync(
    file,
    `import { runProcess } from '${lifecycle}';\nrunProcess('dummy', async (config, log, life) => {\n${body}\n});\n`,
  );
  const { DATABASE_URL, MQTT_PLATFORM_PASSWORD, JWT_KEYS, ENCRYPTION_KEYS } = testConfig();
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL,
    MQTT_PLATFORM_PASSWORD,
    JWT_KEYS,
    ENCRYPTION_KEYS,
    ...variables,
  };
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  let said = '';
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ready = new Promise<unknown>((resolve) => child.once('message', resolve));
  const closed = streams.map((stream) => once(stream, 'end'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).then((code) =>
    Promise.all(closed).then(() => code),
  );
  return { child, ready, ended, said: () => said };
}

const running =
  "const timer = setInterval(() => {}, 1000); return { stop: async () => { clearInterval(timer); log.info('stopped in order'); } };";

test.each(['SIGTERM', 'SIGINT'] as const)('says when it is ready, and stops in order on %s', async (signal) => {
  const { child, ready, ended, said } = launch(running);
  expect(await ready).toBe('ready');
  child.kill(signal);
  child.kill(signal);
  expect(await ended).toBe(0);
  expect(said().match(/stopped in order/g)).toHaveLength(1);
});

test('is ready for who asks from outside once it has started, until it stops', async () => {
  const { child, ended, said } = launch(
    "const seen = [life.isReady]; const look = () => seen.push(life.isReady); setTimeout(() => { look(); process.stderr.write('looked'); }); return { stop: async () => { look(); log.info('ready: ' + seen.join()); } };",
  );
  await new Promise((resolve) => child.stderr?.once('data', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(said()).toContain('ready: false,true,false');
});

test('ends by itself when its parent is gone', async () => {
  const { child, ready, ended, said } = launch(running);
  await ready;
  child.disconnect();
  expect(await ended).toBe(0);
  expect(said()).toContain('stopped in order');
});

test('a signal during the start stops what was started', async () => {
  const { child, ended, said } = launch(
    `process.stderr.write('starting'); await new Promise((done) => setTimeout(done, 500)); ${running}`,
  );
  await new Promise((resolve) => child.stderr?.once('data', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(said()).toContain('stopped in order');
});

test('a start that waits in vain does not hold a stop up', async () => {
  const { child, ended } = launch(
    `process.stderr.write('starting'); await new Promise(() => setInterval(() => {}, 1000));`,
  );
  await new Promise((resolve) => child.stderr?.once('data', resolve));
  child.disconnect();
  // With 1 where the stop itself took too long.
  expect(await ended).toBe(0);
});

test('a wrong configuration is named, without a stack', async () => {
  const { ended, said } = launch(running, { PORT: 'many', JWT_KEYS: '' });
  expect(await ended).toBe(78);
  expect(said()).toMatch(/^dummy: The configuration is wrong:\n.*PORT[^]*JWT_KEYS/);
  expect(said()).not.toContain('    at ');
});

test('what is found wrong while it starts is named like what is found before', async () => {
  const config = new URL('./config.ts', import.meta.url).href;
  const body = `const { ConfigurationError } = await import('${config}'); throw new ConfigurationError('MQTT_URL: is needed');`;
  const { ended, said } = launch(body);
  expect(await ended).toBe(78);
  expect(said()).toBe('dummy: MQTT_URL: is needed\n');
});

test.each([
  ["throw new Error('no road');", 'no road'],
  [`setTimeout(() => { throw new Error('flat tyre'); }, 50); ${running}`, 'flat tyre'],
  [`void Promise.reject(new Error('lost key')); ${running}`, 'lost key'],
])('logs an error that nobody caught and exits with 1: %s', async (body, message) => {
  const { ended, said } = launch(body);
  expect(await ended).toBe(1);
  expect(said()).toContain(message);
});
