import { notificationsOverdue } from '#db/queries/deliveries';
import { system } from '#domain/identity/roles';
import type { Urgency } from '#domain/notifications/delivery';
import type { Logger } from '#platform/log';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import type { DeliveryDependencies, StartingDependencies } from './dependencies.ts';
import { noteLostReplies } from './reply-by-text.ts';

/** Notifications that are looked up at a time, and that are woken at a time. */
const PAGE = 1_000;
const AT_ONCE = 20;
/** Milliseconds for which one call wakes them; what is left the next one finds. */
const WAKES_FOR = 180_000;
/** Milliseconds by which one may be late before its workflow counts as missing: a login code is good for five minutes. */
const LATE = 60_000;

/**
 * Wakes what should have been looked at a while ago, and writes down which replies were lost: nothing else looks at those.
 *
 * @returns how many were woken
 */
export async function wakeNotifications(
  deps: Pick<DeliveryDependencies, 'db'> & StartingDependencies,
  at: Date,
): Promise<number> {
  await transact(deps.db, system('notifications'), at, (context) => noteLostReplies(context));
  const until = Date.now() + WAKES_FOR;
  const before = new Date(at.getTime() - LATE);
  let woken = 0;
  for (let after: Parameters<typeof notificationsOverdue>[3]; ;) {
    const page = await notificationsOverdue(deps.db, before, PAGE, after);
    for (let from = 0; from < page.length; from += AT_ONCE)
      await Promise.all(page.slice(from, from + AT_ONCE).map((one) => wakeNotification(deps, one)));
    woken += page.length;
    after = page.at(-1);
    if (page.length < PAGE || Date.now() > until) return woken;
  }
}

/** Wakes one that was just asked for, where there is one. Where Temporal is away the schedule finds it. */
export async function wakeQueued(
  deps: StartingDependencies & { readonly log: Logger },
  queued: { readonly id: string; readonly urgency: Urgency } | null,
): Promise<void> {
  if (queued === null) return;
  await wakeNotification(deps, queued).catch((error: unknown) =>
    deps.log.warn({ err: error, notificationId: queued.id }, 'a notification waits for the schedule'),
  );
}
