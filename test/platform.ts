import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import webPush from 'web-push';
import { inboundPath } from '#use-cases/payments/inbound/inbound-secret';
import { createApp } from '#api/app';
import { completeDependencies, type ApiDependencies } from '#api/dependencies';
import { serveHttp } from '#api/serve';
import { phoneUrls } from '#dev/environment';
import { freePorts } from '#dev/ports';
import { startSimulators } from '#dev/simulators/app';
import { simulatedProviders } from '#dev/simulators/simulated';
import { createEncryption, type Encryption } from '#platform/encryption';
import type { Config } from '#platform/config';
import { createLogger, type Logger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createWorkers, type WorkerDependencies } from '#workers/create-workers';
import { startReaders } from '#workers/events/readers';
import { testConfig } from './config.ts';
import { watchAnswers } from './conformance.ts';
import { readEvents } from './events-conform.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { ownDirectory } from './directory.ts';
import { tellOfTemporal } from './temporal-runtime.ts';

export interface TestPlatform {
  readonly url: string;
  readonly simulators: string;
  readonly config: Config;
  readonly encryption: Encryption;
  readonly deps: ApiDependencies;
  readonly database: TestDatabase;
  readonly temporal: Client;
  /** Does something while no worker runs, as after a crash, and starts new ones. */
  withoutWorkers<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * The API, the workers and the simulators in this process, on a database and task queues of their own.
 *
 * @param given a logger to listen to, in place of one that says errors; it hears Temporal's SDK as well.
 * @param more what the workers get besides
 */
export async function startTestPlatform(
  overrides: Record<string, string> = {},
  given?: Logger,
  more: Pick<WorkerDependencies, 'metrics' | 'within'> = {},
): Promise<TestPlatform> {
  const [port] = await freePorts(1);
  const dataDir = await ownDirectory('platform');
  const database = await createTestDatabase('sampleDatabaseUrl');
  const environment = {
    ...secrets,
    ...phoneUrls(`http://127.0.0.1:${port}`, secrets.AFRICASTALKING_CALLBACK_SECRET),
    SIMULATOR_SMTP_PORT: '0',
  };
  const simulators = await startSimulators({ port: 0, dataDir, seed: 'test', log: () => {}, environment });
  const config = testConfig({
    DATABASE_URL: database.url,
    TASK_QUEUE_PREFIX: `t${randomUUID().slice(0, 8)}-`,
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    RATE_LIMIT_USER: '10000',
    RATE_LIMIT_ADDRESS: '10000',
    ...secrets,
    ...providersAt(simulators.url),
    ...(simulators.smtpUrl === null ? {} : { SMTP_URL: simulators.smtpUrl }),
    ...vapid,
    WEBHOOK_ALLOW_PRIVATE: 'true',
    ...overrides,
  });
  const log = given ?? createLogger('test', config.LOG_LEVEL);
  tellOfTemporal(given);
  const temporal = await connectTemporal(config);
  const common = { config, log, db: database.db, sql: database.sql, temporal, ...more };
  let stopWorkers = await startWorkers(common);
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  await registerInbound(simulators.url, config.PUBLIC_URL, encryption);
  const deps = completeDependencies({
    config,
    log,
    db: database.db,
    sql: database.sql,
    temporal,
    encryption,
    // Longer than any request, on a machine that others share.
    patience: 120_000,
  });
  const server = await serveHttp(createApp(deps), port, '127.0.0.1', 1_000);
  const checkAnswers = watchAnswers(server.server);
  return {
    url: config.PUBLIC_URL,
    simulators: simulators.url,
    config,
    encryption,
    deps,
    database,
    temporal,
    async withoutWorkers(work) {
      await stopWorkers();
      try {
        return await work();
      } finally {
        stopWorkers = await startWorkers(common);
      }
    },
    async close() {
      await server.stop();
      await stopWorkers();
      await temporal.connection.close();
      await simulators.stop();
      const checkEvents = await readEvents(database.sql);
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
      checkAnswers();
      checkEvents();
    },
  };
}

/** @returns what stops them when they have finished what they have in hand. */
async function startWorkers(deps: WorkerDependencies): Promise<() => Promise<void>> {
  const { workers, connection } = await createWorkers(deps);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const readers = await startReaders(deps);
  return async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await readers.stop();
    await connection.close();
  };
}

/** As a merchant registers with the providers where payments are announced that customers make by themselves. */
async function registerInbound(simulators: string, publicUrl: string, encryption: Encryption): Promise<void> {
  for (const provider of simulatedProviders) {
    const url = publicUrl + inboundPath(encryption, provider);
    const body = { provider, url, ...(provider === 'mpesa' ? { validationUrl: `${url}/validation` } : {}) };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${simulators}/inbound-urls`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the simulator refused ${url}`);
  }
}

const providersAt = (url: string) => ({
  MTN_BASE_URL: `${url}/mtn`,
  AIRTEL_BASE_URL: `${url}/airtel`,
  MPESA_BASE_URL: `${url}/mpesa`,
  SMILE_ID_BASE_URL: `${url}/smileid`,
  AFRICASTALKING_BASE_URL: `${url}/sms`,
  INFOBIP_BASE_URL: `${url}/infobip`,
});

/** Keys of web push that protect nothing. */
const keys = webPush.generateVAPIDKeys();
const vapid = {
  VAPID_PUBLIC_KEY: keys.publicKey,
  VAPID_PRIVATE_KEY: keys.privateKey,
  VAPID_SUBJECT: 'mailto:tests@example.com',
};

/** What the simulated providers take, each its own and nothing else. */
const secrets = {
  MTN_API_USER: randomUUID(),
  MTN_API_KEY: 'mtn-key',
  MTN_SUBSCRIPTION_KEY: 'mtn-subscription',
  MTN_DISBURSEMENT_API_USER: randomUUID(),
  MTN_DISBURSEMENT_API_KEY: 'mtn-disbursement-key',
  MTN_DISBURSEMENT_SUBSCRIPTION_KEY: 'mtn-disbursement-subscription',
  AIRTEL_CLIENT_ID: 'airtel-client',
  AIRTEL_CLIENT_SECRET: 'airtel-secret',
  AIRTEL_DISBURSEMENT_PIN: '4321',
  MPESA_CONSUMER_KEY: 'mpesa-key',
  MPESA_CONSUMER_SECRET: 'mpesa-secret',
  MPESA_SHORTCODE: '174379',
  MPESA_PASSKEY: 'passkey',
  MPESA_INITIATOR: 'initiator',
  MPESA_SECURITY_CREDENTIAL: 'credential',
  MPESA_B2C_SHORTCODE: '600000',
  MPESA_B2C_INITIATOR: 'b2c-initiator',
  MPESA_B2C_SECURITY_CREDENTIAL: 'b2c-credential',
  SMILE_ID_PARTNER_ID: '2024',
  SMILE_ID_API_KEY: 'smile-key',
  AFRICASTALKING_USERNAME: 'sandbox',
  AFRICASTALKING_API_KEY: 'sms-key',
  AFRICASTALKING_CALLBACK_SECRET: 'the-secret-of-callbacks',
  AFRICASTALKING_USSD_CODE: '*384*7368#',
  INFOBIP_API_KEY: 'infobip-key',
  INFOBIP_CALLBACK_SECRET: 'the-secret-of-infobip',
};
