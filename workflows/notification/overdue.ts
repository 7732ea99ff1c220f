import type { NotificationActivities } from '#domain/notifications/wire';
import { activitiesOf } from '../kit/activities.ts';
import { untilDone } from '../kit/retry.ts';

const activities = activitiesOf<NotificationActivities>('notifications', {
  ...untilDone,
  startToCloseTimeout: '4 minutes',
});

/** Begins notifications that are due and have no workflow, because it died: by the schedule `notifications`. */
export function overdueNotifications(): Promise<number> {
  return activities().wakeNotifications();
}
