import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { connectDatabase } from '#db/client';
import { loadConfig } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { createApp } from './app.ts';
import { openApiInfo } from './open-api.ts';

/** Writes docs/openapi.json from the routes; with `--check` fails where the file says something else. */
const path = new URL('../docs/openapi.json', import.meta.url);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = () => randomBytes(32).toString('base64');
const config = loadConfig({
  EMBEDDED: 'true',
  LOG_LEVEL: 'silent',
  DATABASE_URL: 'postgres://nobody@localhost/none',
  MQTT_PLATFORM_PASSWORD: 'unused',
  JWT_KEYS: JSON.stringify({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'unused' }] }),
  ENCRYPTION_KEYS: `unused:${key()},index:${key()}`,
  AFRICASTALKING_BASE_URL: 'http://localhost',
  AFRICASTALKING_USERNAME: 'unused',
  AFRICASTALKING_API_KEY: 'unused',
});

// Neither connects before it is used, and building the document uses neither.
const database = connectDatabase(config.DATABASE_URL);
const connection = Connection.lazy({ address: config.TEMPORAL_ADDRESS });
const app = createApp({
  config,
  log: createLogger('openapi', 'silent'),
  db: database.db,
  sql: database.sql,
  temporal: new Client({ connection }),
  encryption: createEncryption(config.ENCRYPTION_KEYS),
});
const document: unknown = app.getOpenAPI31Document(openApiInfo);
const wanted = `${JSON.stringify(document, null, 2)}\n`;
await database.close();

const present = await readFile(path, 'utf8').catch(() => '');
// The formatter may have laid the file out in its own way: what it says is what counts.
const isSame = present !== '' && JSON.stringify(JSON.parse(present)) === JSON.stringify(document);
if (process.argv.includes('--check')) {
  if (!isSame) {
    process.stderr.write('docs/openapi.json is not what the routes say: run `npm run openapi`\n');
    process.exitCode = 1;
  }
} else if (!isSame) {
  await writeFile(path, wanted);
}
process.exitCode ??= 0;
await connection.close();
