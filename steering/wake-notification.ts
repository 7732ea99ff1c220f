import type { Urgency } from '#domain/notifications/delivery';
import { priorities } from '#domain/notifications/wire';
import { look, notificationWorkflowId } from '#workflows/notification/messages';
import { startOrSignal, type Steering } from './start-workflow.ts';

/** Has a notification looked at: its workflow is started, or told where it runs. Codes go before reminders. */
export function wakeNotification(
  steering: Steering,
  { id, urgency }: { readonly id: string; readonly urgency: Urgency },
): Promise<void> {
  const summary = 'a notification, by the channels that its customer prefers';
  const start = { type: 'notification', id: notificationWorkflowId(id), summary } as const;
  return startOrSignal(steering, { ...start, args: [{ notificationId: id }], priority: priorities[urgency] }, look);
}
