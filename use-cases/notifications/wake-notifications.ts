import { notificationsOverdue } from '#db/queries/deliveries';
import { wakeNotification } from '#steering/wake-notification';
import type { DeliveryDependencies, StartingDependencies } from './dependencies.ts';

/** Notifications that one call wakes; what is left the next one finds. */
const MOST = 1_000;
/** Milliseconds by which one may be late before its workflow counts as missing: a login code is good for five minutes. */
const LATE = 60_000;

/** Wakes what should have been looked at a while ago. @returns how many */
export async function wakeNotifications(
  deps: Pick<DeliveryDependencies, 'db'> & StartingDependencies,
  at: Date,
): Promise<number> {
  const overdue = await notificationsOverdue(deps.db, new Date(at.getTime() - LATE), MOST);
  for (const one of overdue) await wakeNotification(deps, one);
  return overdue.length;
}
