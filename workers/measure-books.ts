import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { countDeadLetters } from '#db/queries/dead-letters';
import * as books from '#db/queries/figures';
import type { Database } from '#db/client';
import { activityQueue, capabilities, workflowQueue } from '#domain/task-queues';
import type { NameOf } from '#platform/metrics/catalogue';
import type { Metrics, Reading } from '#platform/metrics/metrics';

/** Milliseconds for which a figure of the books is good: several readers of the figures cost as much as one. */
const GOOD_FOR = 10_000;

/** Shows what waits and how the portfolio stands, looked up in the books and at the Temporal server when somebody asks. */
export function measureBooks(
  metrics: Metrics,
  { db, client, namespace, prefix }: { db: Database; client: Client; namespace: string; prefix: string },
): void {
  const look = <Name extends NameOf<'gauge'>>(name: Name, read: (of: Database) => Promise<readonly Reading<Name>[]>) =>
    metrics.look(
      name,
      sometimes(() => read(db)),
    );
  look('database_connections', books.connections);
  look('database_connections_limit', books.connectionLimit);
  look('database_oldest_transaction_seconds', books.oldestTransaction);
  look('payments_recent', books.recentPayments);
  look('payments_unknown', books.unknownPayments);
  look('payments_unknown_age_seconds', books.unknownAge);
  look('payments_unbooked', books.unbookedPayments);
  look('payments_unbooked_age_seconds', books.unbookedAge);
  look('suspense_items', books.suspense);
  look('suspense_age_seconds', books.suspenseAge);
  look('cases_open', books.openCases);
  look('dead_letters', countDeadLetters);
  look('reconciliation_good_day_timestamp_seconds', books.goodDays);
  look('leases', books.leasesByStatus);
  look('portfolio_at_risk_ratio', books.atRisk);
  look('tickets_open', books.openTickets);
  look('trackers', books.trackersOnline);
  look('vehicle_commands_recent', books.recentCommands);
  look('vehicle_start_seconds', books.slowestStart);

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
  const { TASK_QUEUE_TYPE_ACTIVITY, TASK_QUEUE_TYPE_WORKFLOW } = temporal.api.enums.v1.TaskQueueType;
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
      const { stats, pollers } = await client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        taskQueueType,
        reportStats: true,
      });
      const { seconds, nanos } = stats?.approximateBacklogAge ?? {};
      return {
        // Without the prefix of a test or a second platform: a label has few values.
        queue: name.slice(prefix.length),
        type,
        tasks: Number(stats?.approximateBacklogCount ?? 0),
        age: Number(seconds ?? 0) + (nanos ?? 0) / 1e9,
        pollers: pollers?.length ?? 0,
      };
    }),
  );
}

/** Looked up at most once in `GOOD_FOR`, whoever asks; a failure is nobody's answer and is asked for again. */
function sometimes<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let kept: { readonly at: number; readonly value: Promise<Value> } | null = null;
  return () => {
    if (kept !== null && performance.now() - kept.at < GOOD_FOR) return kept.value;
    const value = read();
    kept = { at: performance.now(), value };
    value.catch(() => (kept = null));
    return value;
  };
}
