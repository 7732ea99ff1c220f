import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { workflowQueue } from '#domain/task-queues';
import { dataConverter } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { itReplays, recordingKeys, type History } from '#test/histories';
import { startReconciliationWorld, type Provider, type ReconciliationWorld } from '#test/reconciliation-world';

let world: ReconciliationWorld;
beforeAll(async () => {
  world = await startReconciliationWorld({ ENCRYPTION_KEYS: recordingKeys });
  await world.asByDay();
  await daily();
  await world.faults({ down: true, providers: ['airtel'] });
});
afterAll(() => world.platform.close());

const handleOf = (provider: Provider, date: string) => {
  const { temporal, config } = world.platform;
  return temporal.workflow.getHandle(`${config.TASK_QUEUE_PREFIX}reconciliation-${provider}-UG-${date}`);
};
const ask = (provider: Provider, date: string) =>
  world.staff.admin.post('/v1/reconciliations', { body: { provider, date, market: 'UG' } });

/** A provider that is down, an hour after it was first asked. */
async function unanswered(date: string): Promise<History> {
  const handle = handleOf('airtel', date);
  await ask('airtel', date);
  await fastForward(world.platform.temporal, handle.workflowId, 3_600_000);
  return handle.fetchHistory();
}

/** The daily run, from beginning to end. */
async function daily(): Promise<History> {
  const { temporal, config } = world.platform;
  const workflowId = `${config.TASK_QUEUE_PREFIX}daily`;
  const taskQueue = workflowQueue(config.TASK_QUEUE_PREFIX);
  const handle = await temporal.workflow.start('dailyReconciliation', { workflowId, taskQueue });
  await handle.result();
  return handle.fetchHistory();
}

itReplays(
  join(import.meta.dirname, 'histories'),
  {
    async balanced() {
      await ask('mtn', '2026-01-02');
      return handleOf('mtn', '2026-01-02').fetchHistory();
    },
    waiting: () => unanswered('2026-01-03'),
    /** Not the run that has statements to compare: what the children are called depends on the queue, which a replay has not. */
    daily,
  },
  () => ({ dataConverter: dataConverter(world.platform.config) }),
);
