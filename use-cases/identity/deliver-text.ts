import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { notifications } from '#db/schema/index';
import type { Logger } from '#platform/log';
import type { TextMessageProvider } from '#providers/messaging/provider';
import type { PendingText } from './code.ts';

/**
 * Sends a text that is on record and notes how that went. It never throws: whoever waits for a code asks
 * for another one.
 */
export async function deliverText(
  {
    db,
    textMessages,
    log,
  }: { readonly db: Database; readonly textMessages: TextMessageProvider; readonly log: Logger },
  { notificationId, to, body }: PendingText,
): Promise<void> {
  const note = (how: { sentAt: Date } | { failedAt: Date }) =>
    db.update(notifications).set(how).where(eq(notifications.id, notificationId));
  try {
    await textMessages.send({ to, body, deduplicationId: notificationId });
    await note({ sentAt: new Date() });
  } catch (error) {
    log.error({ notificationId, reason: error instanceof Error ? error.name : 'unknown' }, 'a login code was not sent');
    await note({ failedAt: new Date() }).catch(() => undefined);
  }
}
