import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigurationError, loadConfig, loadStoresConfig } from './config.ts';

const given = { JWT_KEYS: 'k', DATABASE_URL: 'postgres://marketplace@db:5432/marketplace' };
const directory = mkdtempSync(join(tmpdir(), 'rent-to-own-secrets-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a secret is a file of its name, and a variable goes before it', () => {
  const files = {
    DATABASE_PASSWORD: 'a/b%c\n',
    MQTT_PLATFORM_PASSWORD: 'from the file\n',
    ENCRYPTION_KEYS: 'e',
    JWT_KEYS: 'of the file',
    'README.md': 'no variable',
  };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(directory, name), value);
  const config = loadConfig({ ...given, SECRETS_DIR: directory });
  expect([config.MQTT_PLATFORM_PASSWORD, config.JWT_KEYS]).toEqual(['from the file', 'k']);
  expect(decodeURIComponent(new URL(config.DATABASE_URL).password)).toBe('a/b%c');
  const own = 'postgres://me:mine@db/x';
  expect(loadConfig({ ...given, SECRETS_DIR: directory, DATABASE_URL: own }).DATABASE_URL).toBe(own);
});

test('what needs the stores alone asks for the address of the database', () => {
  const { DATABASE_URL } = given;
  expect(loadStoresConfig({ DATABASE_URL })).toMatchObject({ DATABASE_URL, TEMPORAL_ADDRESS: 'localhost:7233' });
  expect(() => loadStoresConfig({ JWT_KEYS: 'k' })).toThrow(/DATABASE_URL/);
  expect(() => loadConfig({ DATABASE_URL })).toThrow(/MQTT_PLATFORM_PASSWORD/);
});

test('a directory that is not there is named', () => {
  expect(() => loadConfig({ ...given, SECRETS_DIR: join(directory, 'nowhere') })).toThrow(ConfigurationError);
});

test.each([
  ['RELAY_PROOF', 'trusted'],
  ['SHARED_DOCUMENTS', 'trusted'],
  ['IMMOBILISE_HOURS', 'any'],
])('%s is not %s in production', (name, value) => {
  const lax = { ...given, MQTT_PLATFORM_PASSWORD: 'p', ENCRYPTION_KEYS: 'e', [name]: value };
  expect(loadConfig(lax)).toMatchObject({ [name]: value });
  expect(() => loadConfig({ ...lax, NODE_ENV: 'production' })).toThrow(`${name}: must not be ${value}`);
});
