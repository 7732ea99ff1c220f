import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import { deliveryWorkflowId, due } from '#workflows/webhooks/messages';

/** Has a delivery tried: its workflow is started, or told where it runs. */
export async function wakeDelivery(
  { temporal, config }: { readonly temporal: Client; readonly config: { readonly TASK_QUEUE_PREFIX: string } },
  deliveryId: string,
): Promise<void> {
  await temporal.workflow.signalWithStart('webhookDelivery', {
    workflowId: deliveryWorkflowId(deliveryId),
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args: [{ deliveryId }],
    signal: due,
    staticSummary: 'an event for an endpoint of webhooks',
  });
}
