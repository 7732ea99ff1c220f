import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Transaction } from '#db/client';
import type { NotificationRow } from '#db/queries/notifications';
import { notifications } from '#db/schema/index';
import type { Urgency } from '#domain/notifications/delivery';
import { written, type Notice } from '#domain/notifications/written';
import type { Encryption } from '#platform/encryption';
import { requirePerson } from '../hold-person.ts';

interface NotificationOrder {
  /** One notification per key and person. */
  readonly key: string;
  readonly to: { readonly id: string; readonly language: string };
  readonly leaseId: string | null;
  readonly notice: Notice;
  readonly urgency: Urgency;
  readonly isLegal: boolean;
  /** When it was asked for, on the clock of its lease. */
  readonly askedAt: Date;
  /** When the customer did what it answers, on that clock; null for what answers nothing. */
  readonly answersAt: Date | null;
  readonly expiresAt?: Date;
  /** What stands in the record in place of this, such as a code with which somebody logs in. */
  readonly secret?: string;
}

/**
 * Puts a notification on record, once a key and person. Its workflow is to be woken after the commit (`wakeNotification`) by whoever
 * asked for it, who is asked again should he die before; the schedule finds what was forgotten.
 *
 * @returns its id, and whether it still has to be delivered
 * @throws Problem not_found of whoever was erased
 */
export async function queueNotification(
  tx: Transaction,
  encryption: Pick<Encryption, 'encrypt'>,
  order: NotificationOrder,
): Promise<{ readonly id: string; readonly urgency: Urgency; readonly isOpen: boolean }> {
  const { to, notice, secret, leaseId, urgency, isLegal, askedAt, answersAt, expiresAt } = order;
  const { body, language } = written(notice, to.language, 'in_app');
  const shown = secret === undefined ? body : body.replace(secret, secret.replaceAll(/./g, '•'));
  await requirePerson(tx, to.id);
  const key = await keyOf(tx, order);
  const now = new Date();
  const given = {
    noticeEncrypted: encryption.encrypt(JSON.stringify(notice)),
    urgency,
    isLegal,
    askedAt,
    answersAt,
    expiresAt: expiresAt ?? null,
    nextAt: now,
  };
  const { sentAt, failedAt, askedAt: asked } = notifications;
  await tx
    .insert(notifications)
    .values({
      id: uuidv7(),
      key,
      userId: to.id,
      leaseId,
      channel: 'in_app',
      language,
      template: notice.template,
      bodyEncrypted: encryption.encrypt(shown),
      createdAt: now,
      ...given,
    })
    // What an older worker had put on record, and was about to send itself.
    .onConflictDoUpdate({
      target: notifications.key,
      set: { ...given, createdAt: now },
      setWhere: sql`${asked} is null and ${sentAt} is null and ${failedAt} is null`,
    });
  const [row] = await tx.select().from(notifications).where(eq(notifications.key, key));
  if (row === undefined) throw new Error('the notification was not kept');
  return { id: row.id, urgency: row.urgency, isOpen: row.sentAt === null && row.failedAt === null };
}

/** What a lease tells by one key is told to each who has it: whoever is not the first has a key of his own. */
async function keyOf(tx: Transaction, { key, to }: NotificationOrder): Promise<string> {
  const [first] = await tx
    .select({ userId: notifications.userId })
    .from(notifications)
    .where(eq(notifications.key, key));
  return first === undefined || first.userId === to.id ? key : `${key}:${to.id}`;
}

/** What a notification that is under way tells, as `queueNotification` alone puts it on record. */
export function noticeOf(
  { decrypt }: Pick<Encryption, 'decrypt'>,
  { noticeEncrypted }: Pick<NotificationRow, 'noticeEncrypted'>,
): Notice {
  return JSON.parse(decrypt(noticeEncrypted ?? '')) as Notice;
}
