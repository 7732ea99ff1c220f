import { deliveryWorkflowId, due } from '#workflows/webhooks/messages';
import { startOrSignal, type Steering } from './start-workflow.ts';

/**
 * Has a delivery tried: its workflow is started, or told where it runs.
 *
 * @param afterMs how long one that is started waits first
 */
export function wakeDelivery(steering: Steering, deliveryId: string, afterMs = 0): Promise<void> {
  const summary = 'an event for an endpoint of webhooks';
  const start = { type: 'webhookDelivery', id: deliveryWorkflowId(deliveryId), summary, afterMs } as const;
  return startOrSignal(steering, { ...start, args: [{ deliveryId }] }, due);
}
