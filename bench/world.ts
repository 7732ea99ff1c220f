import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { migrate } from '#db/migrate';
import { freePorts } from '#dev/ports';
import { startPostgres } from '#dev/postgres';
import { loadConfig, type Config } from '#platform/config';

/** A database of its own for one benchmark, with the marketplace's schema. */
export interface BenchDatabase extends DatabaseConnection {
  readonly url: string;
  readonly dataDir: string;
  /** Enough of a configuration for use cases: fresh secrets, no provider. */
  readonly config: Config;
}

/** Starts a Postgres in a directory that `close` takes away again. @param pool connections at most, of each driver */
export async function startBenchDatabase(pool: number): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-bench-'));
  const [port] = await freePorts(1);
  const server = await startPostgres({ dataDir, port, log: () => {} });
  await migrate(server.url);
  const connection = connectDatabase(server.url, { pool, name: 'bench' });
  return {
    ...connection,
    url: server.url,
    dataDir,
    config: loadConfig({ DATABASE_URL: server.url, MQTT_PLATFORM_PASSWORD: 'bench', ...benchKeys() }),
    async close() {
      await connection.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Secrets of one run. */
function benchKeys(): Readonly<Record<string, string>> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  const key = () => randomBytes(32).toString('base64');
  return { JWT_KEYS: JSON.stringify({ keys: [jwk] }), ENCRYPTION_KEYS: `k1:${key()},index:${key()}` };
}

/** Does a piece of work for each, `atOnce` at a time. @returns how many a second were done */
export async function perSecond<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return items.length / ((performance.now() - began) / 1000);
}
