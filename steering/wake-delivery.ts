import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import { deliveryWorkflowId, due } from '#workflows/webhooks/messages';

/**
 * Has a delivery tried: its workflow is started, or told where it runs.
 *
 * @param afterMs how long one that is started waits first
 */
export async function wakeDelivery(
  { temporal, config }: { readonly temporal: Client; readonly config: { readonly TASK_QUEUE_PREFIX: string } },
  deliveryId: string,
  afterMs = 0,
): Promise<void> {
  await temporal.workflow.signalWithStart('webhookDelivery', {
    workflowId: deliveryWorkflowId(deliveryId),
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args: [{ deliveryId }],
    signal: due,
    ...(afterMs > 0 && { startDelay: afterMs }),
    staticSummary: 'an event for an endpoint of webhooks',
  });
}
