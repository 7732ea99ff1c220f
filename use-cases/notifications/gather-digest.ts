import { and, asc, eq, inArray, ne, notExists } from 'drizzle-orm';
import { findAddressee, isUnderWay } from '#db/queries/deliveries';
import type { NotificationRow } from '#db/queries/notifications';
import { notifications, notificationTries } from '#db/schema/index';
import type { Market } from '#domain/markets';
import { digestAt } from '#domain/notifications/delivery';
import { comesBack, isOfTicket } from '#domain/notifications/rules';
import { written } from '#domain/notifications/written';
import { ringsAt } from '#domain/quiet-hours';
import type { Context } from '../context.ts';
import { asItIsNow } from './as-it-is-now.ts';
import type { DeliveryDependencies } from './dependencies.ts';
import { aheadOf, isHadByAnother, nightOf, quietOf, type Known } from './facts.ts';
import { noticeOf, queueNotification } from './queue-notification.ts';

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
  const lines = due.map((one) => lineOf(encryption, one, addressee.user.language));
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
    .set({ sentAt: new Date(), digestId: digest.id, nextAt: null })
    .where(inArray(notifications.id, ids));
  return digest.id;
}

/** What one of them says in a digest: in the language that he speaks by now. */
const lineOf = (encryption: DeliveryDependencies['encryption'], one: NotificationRow, language: string): string =>
  written(noticeOf(encryption, one), language, 'in_app').body;

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
  for (const one of candidates.filter((one) => !comesBack(one))) {
    const now = at.getTime() + aheadOf(one);
    // What its own turn drops, or has wait, is in none.
    if (!(await isTold(context, one, now))) continue;
    if (digestAt((one.askedAt ?? one.createdAt).getTime(), market) > now) continue;
    const current = await asItIsNow(context, encryption, one, new Date(now));
    if (current !== null) due.push(current);
  }
  return due;
}

async function isTold({ tx }: Context, row: NotificationRow, now: number): Promise<boolean> {
  if (row.expiresAt !== null && row.expiresAt.getTime() <= now) return false;
  const addressee = await findAddressee(tx, row.userId, row.leaseId);
  if (addressee === null || (isHadByAnother(addressee, row.userId) && !isOfTicket(row.template))) return false;
  const market = nightOf(addressee);
  return ringsAt(now, null, quietOf(addressee, row.userId), market) <= now;
}

/**
 * A digest that waits, or is sent again, as it would be gathered now: what of it is over, or is of a lease that is somebody
 * else's by now, is told no more.
 *
 * @param now on its clock, which has travelled with what it tells
 * @returns null where nothing is left
 */
export async function digestNow(
  context: Context,
  { encryption }: Pick<DeliveryDependencies, 'encryption'>,
  row: NotificationRow,
  now: Date,
): Promise<NotificationRow | null> {
  const { tx } = context;
  const parts = await tx
    .select()
    .from(notifications)
    .where(and(eq(notifications.userId, row.userId), eq(notifications.digestId, row.id)))
    .orderBy(asc(notifications.createdAt), asc(notifications.id))
    .for('update');
  // One of before was made of parts that kept no facts.
  if (parts.some(({ noticeEncrypted, failedAt }) => noticeEncrypted === null && failedAt === null)) return row;
  const lines: string[] = [];
  for (const part of parts.filter(({ failedAt }) => failedAt === null)) {
    const addressee = await findAddressee(tx, part.userId, part.leaseId);
    const isOfAnother = addressee !== null && isHadByAnother(addressee, part.userId) && !isOfTicket(part.template);
    const current = isOfAnother ? null : await asItIsNow(context, encryption, part, now);
    if (current !== null) lines.push(lineOf(encryption, current, addressee?.user.language ?? row.language));
  }
  const notice = { template: 'digest', lines } as const;
  const changes =
    lines.length === 0
      ? ({ failedAt: new Date(), reason: 'overtaken', nextAt: null, noticeEncrypted: null } as const)
      : {
          noticeEncrypted: encryption.encrypt(JSON.stringify(notice)),
          bodyEncrypted: encryption.encrypt(written(notice, row.language, 'in_app').body),
        };
  await tx.update(notifications).set(changes).where(eq(notifications.id, row.id));
  return lines.length === 0 ? null : { ...row, ...changes };
}
