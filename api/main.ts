import { createServer, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { connectDatabase } from '#db/client';
import { createEncryption } from '#platform/encryption';
import { runProcess } from '#platform/lifecycle';
import { connectTemporal } from '#platform/temporal/connection';
import { createApp } from './app.ts';

/** How long a stop waits for requests that are under way, in milliseconds. */
const DRAIN_MS = 10_000;

/** The API process. A stop answers 503 to readiness, finishes what is under way, then closes. */
runProcess('api', async (config, log) => {
  const database = connectDatabase(config.DATABASE_URL, { pool: config.DATABASE_POOL, name: 'api' });
  const temporal = await connectTemporal(config);
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const readiness = { stopping: false };
  const app = createApp({ config, log, db: database.db, sql: database.sql, temporal, encryption, readiness });
  const server = createAdaptorServer({ fetch: app.fetch, createServer }) as Server;
  await listen(server, config.PORT, config.HOST);
  log.info({ port: config.PORT }, 'listening');
  return {
    async stop() {
      readiness.stopping = true;
      await drain(server);
      await temporal.connection.close();
      await database.close();
    },
  };
});

/** @throws Error when the port is taken. */
function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

/** Takes no new connections, closes idle ones at once and the others when they have answered or time is up. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}
