import type { Redis } from 'ioredis';
import { connectDatabase } from '#db/client';
import type { Config } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { runProcess } from '#platform/lifecycle';
import type { Logger } from '#platform/log';
import { createMetrics, serveMetrics } from '#platform/metrics/serve';
import { connectTemporal } from '#platform/temporal/connection';
import { measureProviders } from '#providers/measure-providers';
import { createApp } from './app.ts';
import { createCodecApp } from './service/codec-server.ts';
import { providersOf } from './service/dependency-checks.ts';
import { completeDependencies } from './dependencies.ts';
import { redisOptions } from './middleware/rate-limit.ts';
import { serveHttp } from './serve.ts';

/**
 * The API process, with the codec server for the Temporal UI and the metrics. A stop answers 503 to
 * readiness, finishes what is under way, then closes.
 */
runProcess('api', async (config, log, life) => {
  const { METRICS_PORT: metricsPort, HOST: host } = config;
  const database = connectDatabase(config.DATABASE_URL, {
    pool: config.DATABASE_POOL,
    name: 'api',
    travels: config.EMBEDDED,
  });
  const temporal = await connectTemporal(config);
  const redis = await connectRedis(config, log);
  const metrics = createMetrics('api');
  const readiness = { stopping: false };
  const given = {
    config,
    log,
    db: database.db,
    sql: database.sql,
    temporal,
    encryption: createEncryption(config.ENCRYPTION_KEYS),
    readiness,
    redis,
    metrics,
  };
  const deps = completeDependencies(given);
  measureProviders(metrics, providersOf(deps));

  const servers = await Promise.all([
    serveHttp(createApp(deps), config.PORT, host),
    serveHttp(createCodecApp(deps), config.CODEC_PORT, host),
    ...(metricsPort === undefined ? [] : [serveMetrics(metrics, metricsPort, host, life)]),
  ]);
  log.info({ port: config.PORT, codecPort: config.CODEC_PORT, metricsPort }, 'listening');
  return {
    async stop() {
      readiness.stopping = true;
      await Promise.all(servers.map((server) => server.stop()));
      redis?.disconnect();
      await temporal.connection.close();
      await database.close();
    },
  };
});

/** Connects in the background: without Redis each process counts for itself, and does without its client. */
async function connectRedis({ REDIS_URL: url }: Config, log: Logger): Promise<Redis | null> {
  if (url === undefined) return null;
  const client = await import('ioredis');
  const redis = new client.Redis(url, redisOptions);
  redis.on('error', (error: Error) => log.warn({ reason: error.message }, 'redis does not answer'));
  return redis;
}
