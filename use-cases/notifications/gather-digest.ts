import { and, eq, inArray, ne, notExists } from 'drizzle-orm';
import { isUnderWay } from '#db/queries/deliveries';
import type { NotificationRow } from '#db/queries/notifications';
import { notifications, notificationTries } from '#db/schema/index';
import { digestAt } from '#domain/notifications/delivery';
import type { Context } from '../context.ts';
import { asItIsNow } from './as-of-now.ts';
import type { DeliveryDependencies } from './dependencies.ts';
import { aheadOf, type Known } from './facts.ts';
import { queueNotification } from './queue-notification.ts';

/**
 * Tells what waits for the same morning in one: each of them is told in the digest, which is a notification of its own.
 * Where nothing else waits it goes as it is.
 *
 * @returns the id of the digest, which is to be woken; null for none
 */
export async function gatherDigest(
  context: Context,
  { encryption }: DeliveryDependencies,
  { row, addressee, facts, market, tried }: Known,
): Promise<string | null> {
  const { tx, at } = context;
  if (tried.length > 0) return null;
  const wasTried = tx
    .select({ id: notificationTries.notificationId })
    .from(notificationTries)
    .where(eq(notificationTries.notificationId, notifications.id));
  const candidates = await tx
    .select()
    .from(notifications)
    .where(
      and(
        isUnderWay,
        eq(notifications.userId, row.userId),
        eq(notifications.urgency, 'day'),
        eq(notifications.isLegal, false),
        ne(notifications.template, 'digest'),
        notExists(wasTried),
      ),
    )
    .for('update');
  const due: NotificationRow[] = [];
  for (const one of candidates) {
    const now = at.getTime() + aheadOf(one);
    if (digestAt((one.askedAt ?? one.createdAt).getTime(), market) > now) continue;
    const current = await asItIsNow(context, encryption, one, new Date(now));
    if (current !== null) due.push(current);
  }
  if (due.length < 2) return null;
  const lines = due.map(({ bodyEncrypted }) => encryption.decrypt(bodyEncrypted));
  const digest = await queueNotification(tx, encryption, {
    key: `digest:${row.id}`,
    to: addressee.user,
    leaseId: null,
    notice: { template: 'digest', lines },
    urgency: 'day',
    isLegal: false,
    askedAt: new Date(facts.now),
    answersAt: null,
  });
  const ids = due.map(({ id }) => id);
  await tx
    .update(notifications)
    .set({ sentAt: new Date(), digestId: digest.id, nextAt: null, noticeEncrypted: null })
    .where(inArray(notifications.id, ids));
  return digest.id;
}
