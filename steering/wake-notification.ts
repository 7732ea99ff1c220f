import type { Client } from '@temporalio/client';
import type { Urgency } from '#domain/notifications/delivery';
import { priorities } from '#domain/notifications/wire';
import { workflowQueue } from '#domain/task-queues';
import { look, notificationWorkflowId } from '#workflows/notification/messages';

/** Has a notification looked at: its workflow is started, or told where it runs. Codes go before reminders. */
export async function wakeNotification(
  { temporal, config }: { readonly temporal: Client; readonly config: { readonly TASK_QUEUE_PREFIX: string } },
  { id, urgency }: { readonly id: string; readonly urgency: Urgency },
): Promise<void> {
  await temporal.workflow.signalWithStart('notification', {
    workflowId: notificationWorkflowId(id),
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args: [{ notificationId: id }],
    signal: look,
    staticSummary: 'a notification, by the channels that its customer prefers',
    priority: { priorityKey: priorities[urgency] },
  });
}
