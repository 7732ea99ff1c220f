import { and, eq, inArray, ne, notExists } from 'drizzle-orm';
import { isUnderWay } from '#db/queries/deliveries';
import type { NotificationRow } from '#db/queries/notifications';
import { notifications, notificationTries } from '#db/schema/index';
import type { Market } from '#domain/markets';
import { digestAt } from '#domain/notifications/delivery';
import { comesBack } from '#domain/notifications/rules';
import type { Context } from '../context.ts';
import { asItIsNow } from './as-it-is-now.ts';
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
  const { tx } = context;
  if (tried.length > 0) return null;
  const due = await dueTogether(context, encryption, row.userId, market);
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

/** What waits for that morning and was never tried, as it would be told now; locked. */
async function dueTogether(
  context: Context,
  encryption: DeliveryDependencies['encryption'],
  userId: string,
  market: Market,
): Promise<NotificationRow[]> {
  const { tx, at } = context;
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
        eq(notifications.userId, userId),
        eq(notifications.urgency, 'day'),
        eq(notifications.isLegal, false),
        ne(notifications.template, 'digest'),
        notExists(wasTried),
      ),
    )
    .for('update');
  const due: NotificationRow[] = [];
  for (const one of candidates.filter(({ template }) => !comesBack(template))) {
    const now = at.getTime() + aheadOf(one);
    if (digestAt((one.askedAt ?? one.createdAt).getTime(), market) > now) continue;
    const current = await asItIsNow(context, encryption, one, new Date(now));
    if (current !== null) due.push(current);
  }
  return due;
}
