import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { loadConfig, type Config } from '#platform/config';

/** A complete configuration for one test file: fresh secrets, the run's Temporal server, quick polling. */
export function testConfig(overrides: Record<string, string> = {}): Config {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256', use: 'sig' };
  const key = () => randomBytes(32).toString('base64');
  return loadConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    EMBEDDED: 'true',
    DATABASE_URL: inject('templateDatabaseUrl'),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    MQTT_PLATFORM_PASSWORD: randomBytes(16).toString('hex'),
    JWT_KEYS: JSON.stringify({ keys: [jwk] }),
    ENCRYPTION_KEYS: `k1:${key()},index:${key()}`,
    TEXTS_ADDRESS_HOUR: '100000',
    TEXTS_HOUR: '100000',
    COLLECT_POLL_SECONDS: '0.5',
    COLLECT_POLLS: '6',
    PROMPTS_PER_SECOND: '10000',
    RELAY_PROOF: 'trusted',
    IMMOBILISE_HOURS: 'any',
    ...overrides,
  });
}

/** Mobile money that is configured and that nobody can reach, for use cases that ask a provider nothing. */
export const unreachedMobileMoney = {
  MTN_BASE_URL: 'http://localhost:1',
  MTN_API_USER: randomUUID(),
  MTN_API_KEY: 'key',
  MTN_SUBSCRIPTION_KEY: 'key',
  MTN_DISBURSEMENT_API_USER: randomUUID(),
  MTN_DISBURSEMENT_API_KEY: 'key',
  MTN_DISBURSEMENT_SUBSCRIPTION_KEY: 'key',
  AIRTEL_BASE_URL: 'http://localhost:1',
  AIRTEL_CLIENT_ID: 'id',
  AIRTEL_CLIENT_SECRET: 'secret',
} as const;
