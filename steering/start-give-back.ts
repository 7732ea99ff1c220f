import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import { startWorkflow } from './start-workflow.ts';

/** Starts the workflow of money that goes back from suspense; one that runs already is enough. */
export async function startGiveBack(
  { temporal, config }: { readonly temporal: Client; readonly config: { readonly TASK_QUEUE_PREFIX: string } },
  giveBackId: string,
): Promise<void> {
  const prefix = config.TASK_QUEUE_PREFIX;
  await startWorkflow(temporal, 'giveBack', {
    workflowId: `${prefix}give-back-${giveBackId}`,
    taskQueue: workflowQueue(prefix),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [{ giveBackId }],
    staticSummary: 'money in suspense on its way back to whoever paid it',
  });
}
