import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { argumentsFor } from '#dev/compile';
import { eventually } from '#dev/client';
import { freePorts } from '#dev/ports';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('the API process', () => {
  it('serves API, codec and metrics, and stops in order', async () => {
    const [port, codecPort, metricsPort] = await freePorts(3);
    const { JWT_KEYS, ENCRYPTION_KEYS, MQTT_PLATFORM_PASSWORD } = testConfig();
    const env = {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      LOG_LEVEL: 'info',
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      PORT: String(port),
      CODEC_PORT: String(codecPort),
      METRICS_PORT: String(metricsPort),
      HOST: '127.0.0.1',
      JWT_KEYS,
      ENCRYPTION_KEYS,
      MQTT_PLATFORM_PASSWORD,
      AFRICASTALKING_BASE_URL: 'http://127.0.0.1:1',
      AFRICASTALKING_USERNAME: 'sandbox',
      AFRICASTALKING_API_KEY: 'sms-key',
    };
    const child = spawn(process.execPath, await argumentsFor('api/main.ts'), {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, 'exit');
    try {
      const at = (where: number | undefined, path: string) =>
        fetch(`http://127.0.0.1:${where}${path}`, { signal: AbortSignal.timeout(2_000) });
      await eventually(`the API to be ready; it said: ${output}`, async () =>
        (await at(port, '/health/ready').catch(() => null))?.status === 200 ? true : undefined,
      );
      expect((await at(port, '/v1/plans')).status).toBe(200);
      expect((await at(codecPort, '/')).status).toBe(200);
      expect(await (await at(metricsPort, '/metrics')).text()).toMatch(
        /http_request_duration_seconds_count.*route="\/v1\/plans"/,
      );
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended, output).toEqual([0, null]);
    for (const line of output.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ component: 'api' });
  });
});
