import type { DeliveryDependencies, StartingDependencies } from '../notifications/dependencies.ts';
import { advanceNotification } from '../notifications/advance-notification.ts';
import { wakeNotification } from '#steering/wake-notification';

/**
 * Delivers a code that is on record, at once and in this process: no queue of reminders stands before somebody who waits
 * to log in. What a channel did not take goes on in its workflow, before all others there. It never throws: whoever waits
 * for a code asks for another one.
 */
export async function deliverCode(deps: DeliveryDependencies & StartingDependencies, id: string): Promise<void> {
  try {
    for (;;) {
      const next = await advanceNotification(deps, id, new Date());
      if (next.state === 'waits') return await wakeNotification(deps, { id, urgency: 'now' });
      if (next.state !== 'tried') return;
    }
  } catch (error) {
    deps.log.error({ notificationId: id, reason: error instanceof Error ? error.name : 'unknown' }, 'a code waits');
  }
}
