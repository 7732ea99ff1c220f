import type { WebhookActivities } from '#domain/webhooks/wire';
import { activitiesOf } from '../kit/activities.ts';
import { untilDone } from '../kit/retry.ts';

const activities = activitiesOf<WebhookActivities>('webhooks', { ...untilDone, startToCloseTimeout: '4 minutes' });

/** Begins deliveries whose time has come and that have no workflow, because whoever was to start it died: by the schedule `webhooks`. */
export function overdueDeliveries(): Promise<number> {
  return activities().wakeOverdue();
}
