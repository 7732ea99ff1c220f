import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { countDeadLetters, deadLetterKinds } from '#db/queries/dead-letters';
import * as books from '#db/queries/figures';
import { nothingJudged, serviceLevels } from '#db/queries/service-levels';
import type { Database } from '#db/client';
import { caseKinds } from '#domain/cases';
import { paymentProviders } from '#domain/markets';
import { priorities } from '#domain/support/ticket';
import { commandStates, commandTypes } from '#domain/telematics/immobilisation/command';
import { activityQueue, capabilities, workflowQueue } from '#domain/task-queues';
import type { NameOf } from '#platform/metrics/catalogue';
import type { Metrics, FigureReading } from '#platform/metrics/metrics';
import { countPollers } from './count-pollers.ts';

/** Milliseconds for which a figure of the books is good: several readers of the figures cost as much as one. */
const GOOD_FOR = 10_000;

const kindsOfCases = Object.keys(caseKinds).map((kind) => ({ kind, value: 0 }));
const kindsOfDeadLetters = deadLetterKinds.map((kind) => ({ kind, value: 0 }));
const ticketPriorities = priorities.map((priority) => ({ priority, value: 0 }));
const presences = ['true', 'false'].map((online) => ({ online, value: 0 }));
const commands = commandTypes.flatMap((type) => commandStates.map((state) => ({ type, state, value: 0 })));

/** Shows what waits and how the portfolio stands, looked up in the books and at the Temporal server when somebody asks. */
export function measureBooks(
  metrics: Metrics,
  { db, client, namespace, prefix }: { db: Database; client: Client; namespace: string; prefix: string },
): void {
  const look = <Name extends NameOf<'gauge'>>(
    name: Name,
    read: (of: Database) => Promise<readonly FigureReading<Name>[]>,
    least: readonly FigureReading<Name>[] = [],
    goodFor = GOOD_FOR,
  ) =>
    metrics.look(
      name,
      // What nobody counts is none of them: a line that is not there can neither be drawn nor be asked about.
      sometimes(async () => [...least, ...(await read(db))], goodFor),
    );
  look('books_looked_at_timestamp_seconds', books.now);
  const perProvider = paymentProviders.map((provider) => ({ provider, value: 0 }));
  look('database_connections', books.connections);
  look('database_connections_limit', books.connectionLimit);
  look('database_oldest_transaction_seconds', books.oldestTransaction);
  look('database_archive_failing_seconds', books.archiveFailing);
  look('database_backup_timestamp_seconds', books.lastBackup);
  look('payments_recent', books.recentPayments);
  look('payments_unknown', books.unknownPayments, perProvider);
  look('payments_unknown_age_seconds', books.unknownAge, perProvider);
  look('payments_unbooked', books.unbookedPayments);
  look('payments_unbooked_age_seconds', books.unbookedAge);
  // It reads six hours of payments, of which half a minute changes little.
  look('service_level_recent', serviceLevels, nothingJudged, 3 * GOOD_FOR);
  look('suspense_items', books.suspense, perProvider);
  look('suspense_age_seconds', books.suspenseAge, perProvider);
  look('cases_open', books.openCases, kindsOfCases);
  look('dead_letters', countDeadLetters, kindsOfDeadLetters);
  look('reconciliation_good_day_timestamp_seconds', books.goodDays);
  look('leases', books.leasesByStatus);
  look('portfolio_at_risk_ratio', books.atRisk);
  look('tickets_open', books.openTickets, ticketPriorities);
  look('trackers', books.trackersOnline, presences);
  look('vehicle_commands_recent', books.recentCommands, commands);
  look('vehicle_start_seconds', books.slowestStart);
  look('positions_days_ahead', books.positionDaysAhead);

  const queues = sometimes(() => describeQueues(client, namespace, prefix));
  const ofQueues = (value: (queue: Queue) => number) => async () =>
    (await queues()).map((queue) => ({ queue: queue.queue, type: queue.type, value: value(queue) }));
  metrics.look(
    'task_queue_backlog_tasks',
    ofQueues(({ tasks }) => tasks),
  );
  metrics.look(
    'task_queue_backlog_age_seconds',
    ofQueues(({ age }) => age),
  );
  metrics.look(
    'task_queue_pollers',
    ofQueues(({ pollers }) => pollers),
  );
}

interface Queue {
  readonly queue: string;
  readonly type: 'workflow' | 'activity';
  readonly tasks: number;
  /** Seconds. */
  readonly age: number;
  readonly pollers: number;
}

/** What the server knows of our queues. Its count of tasks is approximate, and a queue of sticky tasks is not in it. */
async function describeQueues(client: Client, namespace: string, prefix: string): Promise<Queue[]> {
  const { TASK_QUEUE_TYPE_ACTIVITY, TASK_QUEUE_TYPE_WORKFLOW } = protocol.temporal.api.enums.v1.TaskQueueType;
  const asked = [
    { name: workflowQueue(prefix), type: 'workflow' as const, taskQueueType: TASK_QUEUE_TYPE_WORKFLOW },
    ...capabilities.map((capability) => ({
      name: activityQueue(prefix, capability),
      type: 'activity' as const,
      taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    })),
  ];
  return Promise.all(
    asked.map(async ({ name, type, taskQueueType }) => {
      const described = await client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        taskQueueType,
        reportStats: true,
      });
      const { stats } = described;
      const { seconds, nanos } = stats?.approximateBacklogAge ?? {};
      return {
        // Without the prefix of a test or a second platform: a label has few values.
        queue: name.slice(prefix.length),
        type,
        tasks: Number(stats?.approximateBacklogCount ?? 0),
        age: Number(seconds ?? 0) + (nanos ?? 0) / 1e9,
        pollers: countPollers(described, Date.now()),
      };
    }),
  );
}

/** Looked up at most once in so many milliseconds, whoever asks; a failure is nobody's answer and is asked for again. */
function sometimes<Value>(read: () => Promise<Value>, goodFor = GOOD_FOR): () => Promise<Value> {
  let kept: { readonly at: number; readonly value: Promise<Value> } | null = null;
  return () => {
    if (kept !== null && performance.now() - kept.at < goodFor) return kept.value;
    const value = read();
    kept = { at: performance.now(), value };
    value.catch(() => (kept = null));
    return value;
  };
}
