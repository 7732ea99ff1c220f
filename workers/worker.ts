import { Runtime } from '@temporalio/worker';
import { registerPayBills } from '#use-cases/payments/inbound/register-pay-bills';
import { connectDatabase } from '#db/client';
import { createEncryption } from '#platform/encryption';
import { runProcess } from '#platform/lifecycle';
import { createMetrics, showMetrics } from '#platform/metrics/serve';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { createWorkers } from './create-workers.ts';
import { measureReaders } from './events/figures.ts';
import { startReaders } from './events/readers.ts';
import { ensureSchedulesInTime, platformSchedules } from './schedules.ts';
import { measureBooks } from './measure-books.ts';
import { measureHost } from './measure-host.ts';
import { temporalFigures } from './temporal-figures.ts';
import { temporalLogger } from './temporal-logger.ts';

/** The worker process: workflows and activities. A stop drains what is in hand. */
runProcess('worker', async (config, log, life) => {
  const ofTemporal = config.METRICS_PORT === undefined ? null : await temporalFigures();
  const telemetryOptions = ofTemporal === null ? {} : { metrics: ofTemporal.options };
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [], telemetryOptions });
  const database = connectDatabase(config.DATABASE_URL, {
    pool: config.DATABASE_POOL,
    name: 'worker',
    travels: config.EMBEDDED,
  });
  const temporal = await connectTemporal(config);
  const metrics = createMetrics('worker');
  measureReaders(metrics, database.sql);
  if (ofTemporal !== null) metrics.add(() => ofTemporal.read());
  const common = { config, log, db: database.db, sql: database.sql, temporal };
  const { workers, connection } = await createWorkers({ ...common, metrics });
  const { WORKERS: kinds } = config;
  if (kinds.includes('upkeep')) {
    const { TEMPORAL_NAMESPACE: namespace, TASK_QUEUE_PREFIX: prefix } = config;
    measureHost(metrics, config);
    measureBooks(metrics, { db: database.db, client: temporal, namespace, prefix });
  }
  const figures = await showMetrics(metrics, config, log, life);
  const stopping = new AbortController();
  if (kinds.includes('payments')) {
    const providers = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
    void registerPayBills({ config, log, ...providers }, stopping.signal);
  }
  const readers = await startReaders(common);
  const running = Promise.all(workers.map((worker) => worker.run()));
  running.catch((error: unknown) => {
    log.fatal({ err: error }, 'a worker broke');
    process.exit(1);
  });
  // Leases go on meanwhile.
  await ensureSchedulesInTime(temporal, platformSchedules(config.TASK_QUEUE_PREFIX), log);
  return {
    async stop() {
      stopping.abort();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await readers.stop();
      await figures?.stop();
      await connection.close();
      await temporal.connection.close();
      await database.close();
    },
  };
});
