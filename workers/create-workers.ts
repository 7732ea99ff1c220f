import type { Client } from '@temporalio/client';
import { NativeConnection, Worker, type ActivityInterceptorsFactory, type WorkerOptions } from '@temporalio/worker';
import { createCreditActivities } from '#activities/credit';
import { createKycActivities } from '#activities/kyc';
import { createLeaseActivities } from '#activities/leases';
import { createNotificationActivities } from '#activities/notifications';
import { createPaymentActivities } from '#activities/payments';
import { createInboundActivities } from '#activities/inbound';
import { createReconciliationActivities } from '#activities/reconciliation';
import { createSupportActivities } from '#activities/support';
import { createTelematicsActivities } from '#activities/telematics';
import { createUpgradeActivities } from '#activities/upgrades';
import { createUpkeepActivities } from '#activities/upkeep';
import { createWebhookActivities } from '#activities/webhooks';
import type { Database, DatabaseConnection } from '#db/client';
import { activityQueue, workflowQueue, type Capability, type WorkerKind } from '#domain/task-queues';
import type { Config } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { Metrics } from '#platform/metrics/metrics';
import { connectionOptions, dataConverter } from '#platform/temporal/connection';
import { createIdentityCheck } from '#providers/identity-check/smile-id';
import { createMails } from '#providers/email/smtp';
import { createTextMessages, unreported } from '#providers/messaging/text-messages';
import { measureProviders, type Measured } from '#providers/measure-providers';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { createPushes } from '#providers/push/web-push';
import { createWebhookSender } from '#providers/webhooks/sender';
import type { Reader } from '#use-cases/events/read-batch';
import { erasureReader } from '#use-cases/kyc/erasure-reader';
import { eventsForLeases } from '#use-cases/leases/events-for-leases';
import { eventsForCollateral } from '#use-cases/collateral/events-for-collateral';
import { eventsForParties } from '#use-cases/parties/events-for-parties';
import { eventsForPayments } from '#use-cases/payments/suspense/events-for-payments';
import { eventsForTickets } from '#use-cases/support/events-for-tickets';
import { eventsForEndpoints } from '#use-cases/webhooks/events-for-endpoints';
import { eventsForUpgrades } from '#use-cases/upgrades/events-for-upgrades';
import { tellFailures } from './interceptors/tell-failures.ts';
import { traceActivities, tracingSinks } from './interceptors/trace-activities.ts';
import { watchFailures } from './interceptors/watch-failures.ts';
import { patientSteps, workflowBundle } from './workflow-bundle.ts';

export interface WorkerDependencies {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly sql: DatabaseConnection['sql'];
  readonly temporal: Client;
  /** Where failing activities are counted and the providers' circuit breakers shown; null where nobody reads the figures. */
  readonly metrics?: Metrics | null;
  /** Stands between the platform's interceptors and each activity: where tests let something fail. */
  readonly within?: ActivityInterceptorsFactory;
}

/**
 * The workers that `WORKERS` asks for: one for all workflows and one for each capability's activities, each on a task
 * queue of its own. `run()` of each ends after `shutdown()` when what it had in hand is finished.
 */
export async function createWorkers(
  deps: WorkerDependencies,
): Promise<{ readonly workers: readonly Worker[]; readonly connection: NativeConnection }> {
  const { config, db, log, metrics = null, within } = deps;
  const connection = await NativeConnection.connect(connectionOptions(config));
  const common = {
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: dataConverter(config),
    shutdownGraceTime: '10s',
    sinks: tracingSinks,
    ...versionOf(config),
    interceptors: {
      activity: [
        traceActivities(db),
        watchFailures(tellFailures({ db, log, metrics })),
        ...(within === undefined ? [] : [within]),
      ],
    },
  } satisfies Partial<WorkerOptions>;
  const activities = activitiesByCapability(deps);
  const prefix = config.TASK_QUEUE_PREFIX;
  const create = async (kind: WorkerKind) =>
    kind === 'workflows'
      ? Worker.create({
          ...common,
          taskQueue: workflowQueue(prefix),
          workflowBundle: await workflowBundle(config.WORKFLOW_BUNDLE),
          maxCachedWorkflows: 500,
          ...patientSteps,
        })
      : Worker.create({
          ...common,
          ...(kind === 'notifications' && { maxConcurrentActivityTaskExecutions: TOLD_AT_ONCE }),
          taskQueue: activityQueue(prefix, kind),
          activities: activities[kind](),
        });
  return { workers: await Promise.all([...new Set(config.WORKERS)].map(create)), connection };
}

/**
 * A lease lives longer than any version: it goes on with the one that is current, and `patched` keeps it together with its
 * history. A version is there to be tried on a share of the leases, and to go back from.
 */
function versionOf({ WORKER_DEPLOYMENT: deploymentName, WORKER_BUILD: buildId }: Config): Partial<WorkerOptions> {
  if (deploymentName === undefined || buildId === undefined) return {};
  const version = { deploymentName, buildId };
  return {
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' },
  };
}

/** Notifications that a process has in hand at most: they have patience, and what is collected shares its connections. */
const TOLD_AT_ONCE = 5;

/** What makes the activities of each capability, by name: a process needs the providers only of what it runs. */
export function activitiesByCapability({ config, log, db, sql, temporal, metrics = null }: WorkerDependencies) {
  const common = { config, log, db, temporal, encryption: createEncryption(config.ENCRYPTION_KEYS) };
  /** Those that this process speaks to. */
  const providers: Measured[] = [];
  if (metrics !== null) measureProviders(metrics, providers);
  return {
    credit: () => createCreditActivities(common),
    kyc: () => {
      const identityCheck = createIdentityCheck(config);
      if (identityCheck !== null) providers.push(identityCheck);
      return createKycActivities({ ...common, identityCheck });
    },
    leases: () => ({ ...createLeaseActivities(common), ...createUpgradeActivities(common) }),
    notifications: () => {
      for (const secret of config.NODE_ENV === 'production' ? unreported(config) : [])
        log.warn(
          { secret },
          'texts have no delivery reports: no warning counts as delivered, and no vehicle is stopped',
        );
      const channels = {
        textMessages: createTextMessages(config),
        mails: createMails(config),
        pushes: createPushes(config),
      };
      const { textMessages, mails, pushes } = channels;
      providers.push(...textMessages.providers, ...[mails, pushes].filter((channel) => channel !== null));
      return createNotificationActivities({ ...common, ...channels, metrics });
    },
    payments: () => {
      const money = { ...common, mobileMoney: createMobileMoney(config) };
      providers.push(...money.mobileMoney.all());
      return {
        ...createPaymentActivities(money),
        ...createReconciliationActivities(money),
        ...createInboundActivities(money),
      };
    },
    support: () => createSupportActivities(common),
    telematics: () => createTelematicsActivities(common),
    upkeep: () => createUpkeepActivities({ sql, db, temporal, config, log, metrics }),
    webhooks: () => {
      return createWebhookActivities({ ...common, sender: webhookSender(config) });
    },
  } satisfies Record<Capability, () => object>;
}

const webhookSender = (config: Config) => createWebhookSender({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE });

/** What tells the workflows of a capability what happened beside them, where there is something to tell. */
export function outboxReaders({ config, log, db, temporal }: WorkerDependencies): {
  readonly [Kind in WorkerKind]?: Reader | readonly Reader[];
} {
  const deps = { db, temporal, config };
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  return {
    leases: [eventsForLeases(deps), eventsForUpgrades(deps)],
    kyc: erasureReader(temporal),
    payments: eventsForPayments({ ...deps, encryption, log, mobileMoney: createMobileMoney(config) }),
    support: [
      eventsForTickets({ ...deps, encryption }),
      eventsForParties({ ...deps, encryption }),
      eventsForCollateral({ ...deps, encryption }),
    ],
    webhooks: eventsForEndpoints({ ...deps, encryption, log, sender: webhookSender(config) }),
  };
}
