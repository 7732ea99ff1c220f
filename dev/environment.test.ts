import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { namedBroker } from '#platform/broker-url';
import { loadConfig, ConfigurationError } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { embeddedEnvironment } from './environment.ts';

/** One private key, with what names it. */
const keySet = z.object({
  keys: z.tuple([
    z.object({
      alg: z.literal('ES256'),
      kty: z.literal('EC'),
      crv: z.string(),
      kid: z.string(),
      x: z.string(),
      y: z.string(),
      d: z.string(),
    }),
  ]),
});

let dataDir: string;
/** The variables of whoever runs the tests must not count. */
const unset = {
  NODE_ENV: '',
  DATABASE_URL: '',
  TEMPORAL_ADDRESS: '',
  MQTT_URL: '',
  MTN_BASE_URL: '',
  PORT: '',
  EMBEDDED: '',
};

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'rent-to-own-environment-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test('is a complete configuration, with secrets that stay', async () => {
  const { env, parts } = await embeddedEnvironment(dataDir, unset);
  const config = loadConfig(env);
  expect(parts).toEqual({ postgres: true, temporal: true, broker: true, simulators: true, development: true });
  expect(config.EMBEDDED).toBe(true);
  expect(config.MPESA_BASE_URL).toBe('http://localhost:4010/mpesa');
  expect(config.COLLECT_POLL_SECONDS * config.COLLECT_POLLS).toBe(60);
  expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);

  const [jwk] = keySet.parse(JSON.parse(config.JWT_KEYS)).keys;
  await expect(
    new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(await importJWK(jwk, 'ES256')),
  ).resolves.toBeTruthy();
  expect(() => createEncryption(config.ENCRYPTION_KEYS)).not.toThrow();

  const again = await embeddedEnvironment(dataDir, unset);
  // Mail comes by whatever port is free.
  const { SIMULATOR_SMTP_PORT: port, SMTP_URL: url, ...others } = env;
  expect(url).toBe(`smtp://localhost:${port}`);
  expect(again.env).toMatchObject(others);
});

test('sends mail to the port that the simulators were given', async () => {
  const { env } = await embeddedEnvironment(dataDir, { ...unset, SIMULATOR_SMTP_PORT: '27025' });
  expect([env['SIMULATOR_SMTP_PORT'], env['SMTP_URL']]).toEqual(['27025', 'smtp://localhost:27025']);
});

test('the simulators know the addresses that a merchant registers with the providers', async () => {
  const { env } = await embeddedEnvironment(dataDir, { ...unset, PUBLIC_URL: 'http://tunnel.example/' });
  const told = ['INBOUND_URL_MTN', 'INBOUND_URL_AIRTEL', 'INBOUND_URL_MPESA', 'CALLBACK_URL_AIRTEL'].map(
    (name) => new URL(env[`SIMULATOR_${name}`] ?? ''),
  );
  expect(told.map(({ host }) => host)).toEqual([
    'tunnel.example',
    'tunnel.example',
    'tunnel.example',
    'tunnel.example',
  ]);
  for (const { pathname } of told) expect(pathname).toMatch(/^\/v1\/callbacks\/inbound\/[\w-]{16,}$/);
  expect(new Set(told.map(({ pathname }) => pathname)).size, 'addresses, one of each provider').toBe(3);
  const real = await embeddedEnvironment(dataDir, { ...unset, SIMULATOR_INBOUND_URL_MTN: 'http://own.example/mtn' });
  expect(real.env['SIMULATOR_INBOUND_URL_MTN']).toBe('http://own.example/mtn');
});

test('two that start at once agree on the secrets', async () => {
  const both = await Promise.all([embeddedEnvironment(dataDir, unset), embeddedEnvironment(dataDir, unset)]);
  expect(both[0].env['ENCRYPTION_KEYS']).toBe(both[1].env['ENCRYPTION_KEYS']);
});

test('what the user names replaces the embedded part', async () => {
  const { env, parts, listens } = await embeddedEnvironment(dataDir, {
    ...unset,
    DATABASE_URL: 'postgres://elsewhere/marketplace',
    MQTT_URL: 'mqtts://broker.example',
    MTN_BASE_URL: 'https://mtn.example',
    PORT: '3999',
  });
  expect(parts).toMatchObject({ postgres: false, temporal: true, broker: false, simulators: true });
  expect(env['DATABASE_URL']).toBe('postgres://elsewhere/marketplace');
  expect(env['MTN_API_KEY']).toBeUndefined();
  expect(env['AIRTEL_BASE_URL']).toBe('http://localhost:4010/airtel');
  expect(env['PUBLIC_URL']).toBe('http://localhost:3999');
  expect(listens).not.toContain('POSTGRES_PORT');
  expect(listens).not.toContain('MQTT_PORT');
});

test('in production nobody is the broker but one that is named', () => {
  const given = { MQTT_URL: undefined, MQTT_PLATFORM_PASSWORD: 's3cret' } as const;
  expect(namedBroker({ ...given, NODE_ENV: 'development' })).toBeUndefined();
  expect(() => namedBroker({ ...given, NODE_ENV: 'production' })).toThrow(/MQTT_URL/);
  const named = { ...given, NODE_ENV: 'production', MQTT_URL: 'mqtts://broker.example.com' } as const;
  expect(namedBroker(named)).toBe('mqtts://platform:s3cret@broker.example.com');
});

test('in production nothing is made up', async () => {
  const { env, parts } = await embeddedEnvironment(dataDir, { ...unset, NODE_ENV: 'production' });
  expect(parts).toMatchObject({ postgres: false, temporal: false, simulators: false, development: false });
  expect(() => loadConfig(env)).toThrow(ConfigurationError);
  expect(() => loadConfig(env)).toThrow(/DATABASE_URL[^]*JWT_KEYS[^]*ENCRYPTION_KEYS/);
});
