import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { serve } from '@hono/node-server';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { Hono } from 'hono';
import { uuidv7 } from 'uuidv7';
import { createKycActivities } from '#activities/kyc';
import { receiveIdentityCallback } from '#use-cases/kyc/receive-callback';
import type { KycDependencies } from '#use-cases/kyc/dependencies';
import { keyOfItsOwn, type CommandKey } from '#steering/command-key';
import { submitIdentity } from '#use-cases/kyc/submit-identity';
import { UnderWay } from '#steering/under-way';
import { findSubmission, type SubmissionRow } from '#db/queries/kyc';
import { users } from '#db/schema/index';
import { eventually } from '#dev/client';
import { freePorts } from '#dev/ports';
import { startSimulators } from '#dev/simulators/app';
import { kycNotice } from '#domain/kyc/notice';
import type { KycStatus } from '#domain/kyc/submission';
import type { Actor } from '#domain/identity/roles';
import type { Market } from '#domain/markets';
import { activityQueue, workflowQueue } from '#domain/task-queues';
import type { Config } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectionOptions, connectTemporal, dataConverter } from '#platform/temporal/connection';
import { createIdentityCheck } from '#providers/identity-check/smile-id';
import type { IdentityCheckProvider } from '#providers/identity-check/provider';
import { tellFailures } from '#workers/interceptors/tell-failures';
import { watchFailures } from '#workers/interceptors/watch-failures';
import { workflowBundle } from '#workers/workflow-bundle';
import { testConfig } from './config.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { ownDirectory } from './directory.ts';
import { storeDocuments } from './documents.ts';
import { tellOfTemporal } from './temporal-runtime.ts';

export interface KycWorld {
  readonly config: Config;
  readonly database: TestDatabase;
  readonly temporal: Client;
  readonly deps: KycDependencies;
  /** URL of the simulators. */
  readonly simulators: string;
  /** A customer's id. */
  newCustomer(market?: Market): Promise<string>;
  /** Submits a national identity card of Uganda. @returns the submission's id. */
  submit(
    userId: string,
    documentNumber?: string,
    more?: { readonly documentExpiresOn?: string; readonly by?: Actor; readonly key?: CommandKey },
  ): Promise<string>;
  submission(id: string): Promise<SubmissionRow>;
  /** Waits until the submission has that status. */
  until(id: string, status: KycStatus): Promise<SubmissionRow>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly checkSeconds?: number;
  /** Stands between the platform and the simulator. */
  readonly wrap?: (provider: IdentityCheckProvider) => IdentityCheckProvider | null;
  /** False: nobody listens where the webhook goes. */
  readonly webhooks?: boolean;
  /** Payloads are not encrypted, so that a recorded history can be read by a later run. */
  readonly plainPayloads?: boolean;
}

let serial = 0;

/** A Ugandan NIN that nobody has, ending in what chooses the simulator's answer. */
export function freshNumber(ending = 'ABC'): string {
  serial += 1;
  return `CM${String(Date.now() % 1e5).padStart(5, '0')}${String(serial).padStart(4, '0')}${ending}`;
}

/** The kyc workflow and its activities against the simulated provider, on a database and queues of their own. */
export async function createKycWorld(options: WorldOptions = {}): Promise<KycWorld> {
  const { checkSeconds = 60, wrap = (provider) => provider, webhooks = true, plainPayloads = false } = options;
  tellOfTemporal();
  const [port] = await freePorts(1);
  const dataDir = await ownDirectory('kyc');
  const [database, simulators] = await Promise.all([
    createTestDatabase(),
    startSimulators({ port: 0, dataDir, seed: 'test', log: () => {} }),
  ]);
  const config = testConfig({
    DATABASE_URL: database.url,
    TASK_QUEUE_PREFIX: `k${randomUUID().slice(0, 8)}-`,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SMILE_ID_BASE_URL: `${simulators.url}/smileid`,
    SMILE_ID_PARTNER_ID: '2024',
    SMILE_ID_API_KEY: 'smile-key',
    IDENTITY_CHECK_SECONDS: String(checkSeconds),
  });
  const { db } = database;
  const { failureConverterPath = '', payloadCodecs = [] } = dataConverter(config);
  const converter = { failureConverterPath, payloadCodecs: plainPayloads ? [] : payloadCodecs };
  const { connection } = await connectTemporal(config);
  const temporal = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter: converter });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const real = createIdentityCheck(config);
  const identityCheck = real === null ? null : wrap(real);
  const deps: KycDependencies = {
    db,
    config,
    encryption,
    temporal,
    identityCheck,
    log: createLogger('test', config.LOG_LEVEL),
  };
  const stopWorkers = await startWorkers(config, deps, converter);
  const hooks = new Hono().all('/v1/callbacks/smileid/:secret', async (c) => {
    await receiveIdentityCallback(deps, { secret: c.req.param('secret'), body: await c.req.text() });
    return c.json({ received: true });
  });
  const server = webhooks ? serve({ fetch: hooks.fetch, port, hostname: '127.0.0.1' }) : null;

  const submission = async (id: string) => {
    const row = await findSubmission(db, id);
    if (row === null) throw new Error(`there is no submission ${id}`);
    return row;
  };
  return {
    config,
    database,
    temporal,
    deps,
    simulators: simulators.url,
    submission,
    async newCustomer(market = 'UG') {
      const id = uuidv7();
      await db.insert(users).values({ id, role: 'customer', name: 'Test Person', market, phoneHash: id });
      return id;
    },
    async submit(
      userId,
      documentNumber = freshNumber(),
      { by = { role: 'customer', id: userId } as const, key = keyOfItsOwn(), ...more } = {},
    ) {
      const documentIds = await storeDocuments(deps, userId, ['idFront', 'idBack', 'selfie']);
      const request = {
        documentType: 'nationalId',
        documentNumber,
        country: 'UG',
        noticeVersion: kycNotice.noticeVersion,
        documentIds,
        ...more,
      } as const;
      for (;;) {
        try {
          return (await submitIdentity({ config, db, temporal, encryption }, by, userId, request, key)).id;
        } catch (error) {
          // On a busy machine it may take longer: sent again, it meets the same command.
          if (!(error instanceof UnderWay)) throw error;
        }
      }
    },
    until: (id, status) =>
      eventually(`submission to be ${status}`, async () => {
        const row = await submission(id);
        return row.status === status ? row : undefined;
      }),
    async close() {
      await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
      await stopWorkers();
      await temporal.connection.close();
      await simulators.stop();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startWorkers(
  config: Config,
  deps: KycDependencies,
  converter: DataConverter,
): Promise<() => Promise<void>> {
  const connection = await NativeConnection.connect(connectionOptions(config));
  const telling = tellFailures({ db: deps.db, log: createLogger('test', 'silent'), metrics: null });
  const interceptors = { activity: [watchFailures(telling)] };
  const common = { connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter: converter, interceptors };
  const prefix = config.TASK_QUEUE_PREFIX;
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: workflowQueue(prefix), workflowBundle: await workflowBundle() }),
    Worker.create({ ...common, taskQueue: activityQueue(prefix, 'kyc'), activities: createKycActivities(deps) }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
  };
}
