import type { Client } from '@temporalio/client';
import type { Advanced, NotificationActivities } from '#domain/notifications/wire';
import type { Metrics } from '#platform/metrics/metrics';
import { wakeNotification } from '#steering/wake-notification';
import { advanceNotification } from '#use-cases/notifications/advance-notification';
import type { DeliveryDependencies, StartingDependencies } from '#use-cases/notifications/dependencies';
import { wakeNotifications } from '#use-cases/notifications/wake-notifications';

/** The `notifications` task queue's side of `NotificationActivities`. */
export function createNotificationActivities(
  given: DeliveryDependencies & StartingDependencies & { readonly metrics: Metrics | null; readonly temporal: Client },
): NotificationActivities {
  const deps = { ...given, missing: countMissing(given.metrics) };
  const count = countSteps(given.metrics);
  return {
    async advanceNotification({ notificationId, at }) {
      const next = await advanceNotification(deps, notificationId, new Date(at));
      count(next);
      if (next.state === 'delivered' && next.by === 'digest')
        await wakeNotification(deps, { id: next.digestId, urgency: 'day' });
      return next;
    },
    wakeNotifications: () => wakeNotifications(deps, new Date()),
  };
}

function countSteps(metrics: Metrics | null): (step: Advanced) => void {
  if (metrics === null) return () => {};
  const counter = metrics.counter('notifications_total');
  return (next) => {
    if (next.state === 'tried') counter.inc({ step: 'tried', by: next.channel });
    if (next.state === 'delivered') counter.inc({ step: 'delivered', by: next.by });
    if (next.state === 'dead') counter.inc({ step: 'dead', by: next.reason });
  };
}

/** Counts what is told in English since the customer's language does not have it. */
function countMissing(metrics: Metrics | null): (kind: string, language: string) => void {
  if (metrics === null) return () => {};
  const counter = metrics.counter('notification_fallbacks_total');
  return (kind, language) => counter.inc({ kind, language });
}
