import { and, eq, isNull } from 'drizzle-orm';
import { findLease, scheduleOf } from '#db/queries/leases';
import type { NotificationRow } from '#db/queries/notifications';
import { immobilisations, notifications } from '#db/schema/index';
import { asOfNow, mayBeOvertaken, withHoursLeft, type LeaseNow } from '#domain/notifications/as-of-now';
import { written } from '#domain/notifications/written';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { positionInDoubt } from '../leases/in-doubt.ts';
import { noticeOf } from './queue-notification.ts';

/**
 * Looks again, when it is about to be sent, at whether what a notification says of its lease is true: it may have waited
 * for a night, or a day. Its words have the amounts of now.
 *
 * @param now on its clock
 * @returns what is sent; null where the reason for it is gone, which ends it
 */
export async function asItIsNow(
  context: Context,
  encryption: Pick<Encryption, 'encrypt' | 'decrypt'>,
  row: NotificationRow,
  now: Date,
): Promise<NotificationRow | null> {
  const { tx } = context;
  const notice = noticeOf(encryption, row);
  const lease = mayBeOvertaken(notice) && row.leaseId !== null ? await leaseNow(context, row, row.leaseId, now) : null;
  const inTime = row.expiresAt === null ? notice : withHoursLeft(notice, row.expiresAt.getTime() - now.getTime());
  if (lease === null && inTime === notice) return row;
  const current = lease === null || inTime === null ? inTime : asOfNow(inTime, lease);
  const which = eq(notifications.id, row.id);
  if (current === null) {
    await tx
      .update(notifications)
      .set({ failedAt: new Date(), reason: 'overtaken', nextAt: null, noticeEncrypted: null })
      .where(which);
    return null;
  }
  const changes = {
    noticeEncrypted: encryption.encrypt(JSON.stringify(current)),
    bodyEncrypted: encryption.encrypt(written(current, row.language, 'in_app').body),
  };
  await tx.update(notifications).set(changes).where(which);
  return { ...row, ...changes };
}

async function leaseNow(context: Context, { key }: NotificationRow, id: string, at: Date): Promise<LeaseNow | null> {
  const { tx } = context;
  const row = await findLease(tx, id);
  if (row === undefined) return null;
  const lease = { row, lines: await scheduleOf(tx, id, row.scheduleVersion) };
  const position = await positionInDoubt({ ...context, at }, lease);
  const { leaseId, warningKey, state, endReason } = immobilisations;
  const isOfIt = and(eq(leaseId, id), eq(state, 'warned'), isNull(endReason), eq(warningKey, key.slice(id.length + 1)));
  return { ...position, instalment: row.instalment, isWarned: (await tx.$count(immobilisations, isOfIt)) > 0 };
}
