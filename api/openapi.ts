import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { connectDatabase } from '#db/client';
import { loadConfig } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { createApp } from './app.ts';
import { clientTypes } from './client-types.ts';
import { openApiInfo } from './open-api.ts';

/**
 * Writes docs/openapi.json from the routes, and from it the types of dev/client.ts; with `--check` fails where a file says
 * something else.
 */
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
await database.close();
await connection.close();

const files: Readonly<Record<string, string>> = {
  'docs/openapi.json': `${JSON.stringify(document, null, 2)}\n`,
  'dev/api-types.ts': `${clientTypes(document)}\n`,
};
for (const [path, wanted] of Object.entries(files)) {
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present === wanted) continue;
  if (process.argv.includes('--check')) {
    process.stderr.write(`${path} is not what the routes say: run \`npm run openapi\`\n`);
    process.exitCode = 1;
  } else {
    await writeFile(path, wanted);
  }
}
process.exitCode ??= 0;
