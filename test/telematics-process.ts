import { argumentsFor } from '#dev/compile';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Config } from '#platform/config';

/** The telematics process as it is deployed, to be killed. */
export async function spawnTelematics(config: Config, overrides: Record<string, string> = {}): Promise<ChildProcess> {
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'test',
    LOG_LEVEL: 'fatal',
    DATABASE_URL: config.DATABASE_URL,
    TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
    MQTT_HOST: '127.0.0.1',
    MQTT_PLATFORM_PASSWORD: config.MQTT_PLATFORM_PASSWORD,
    JWT_KEYS: config.JWT_KEYS,
    ENCRYPTION_KEYS: config.ENCRYPTION_KEYS,
    ...overrides,
  };
  const child = spawn(process.execPath, await argumentsFor('workers/telematics.ts'), {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}
