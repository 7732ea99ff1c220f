import { and, eq, inArray } from 'drizzle-orm';
import { notifications, notificationTries } from '#db/schema/index';
import { record, type Context } from '../context.ts';
import { aheadOf } from './facts.ts';

/**
 * Has a notification that reached nobody tried again from the beginning. What may have arrived is not: nobody gets two of
 * the same. Pressed twice it is done once.
 *
 * @returns what is to be woken; null where it is not dead, or in doubt
 */
export async function redriveNotification(context: Context, id: string) {
  const { tx } = context;
  const which = eq(notifications.id, id);
  const [row] = await tx.select().from(notifications).where(which).for('update');
  const isDead = row !== undefined && row.failedAt !== null && row.noticeEncrypted !== null;
  if (!isDead || row.reason === 'in_doubt') return null;
  const isOf = eq(notificationTries.notificationId, id);
  await tx.delete(notificationTries).where(and(isOf, inArray(notificationTries.state, ['not_taken', 'refused'])));
  // A report that it did arrive is known by its id until the next one is sent.
  await tx
    .update(notificationTries)
    .set({ state: 'not_taken', tries: 0, firstAt: new Date(context.at.getTime() + aheadOf(row)), lastAt: new Date(0) })
    .where(and(isOf, eq(notificationTries.state, 'undelivered')));
  await tx.update(notifications).set({ failedAt: null, reason: null, nextAt: new Date() }).where(which);
  await record(context, { type: 'notification.redriven', subject: row.userId, detail: { notificationId: id } });
  return { id, urgency: row.urgency };
}
