import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { notifications } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { TextMessages } from '#providers/messaging/provider';
import { holdPerson } from '../hold-person.ts';

/**
 * Answers by SMS what a customer has just asked for at his phone: at once, at any hour, and also where he wants no other
 * texts. Once for a key, and not again where nobody knows whether it went out. A customer who was erased is answered nothing.
 *
 * @throws ProviderFailure where it did not; it is noted as failed.
 */
export async function replyByText(
  {
    db,
    encryption,
    textMessages,
  }: { readonly db: Database; readonly encryption: Encryption; readonly textMessages: TextMessages },
  reply: {
    readonly key: string;
    readonly userId: string;
    readonly to: string;
    readonly body: string;
    /** What it says again, where that is told as something of its own. */
    readonly template?: 'reply' | 'restart_code';
  },
): Promise<void> {
  const { key, userId, to, body, template = 'reply' } = reply;
  const id = uuidv7();
  const fresh = await db.transaction(async (tx) => {
    if ((await holdPerson(tx, userId)) === null) return [];
    return tx
      .insert(notifications)
      .values({ id, key, userId, channel: 'sms', template, bodyEncrypted: encryption.encrypt(body) })
      .onConflictDoNothing({ target: notifications.key })
      .returning({ id: notifications.id });
  });
  if (fresh.length === 0) return;
  const note = (how: { sentAt: Date } | { failedAt: Date }) =>
    db.update(notifications).set(how).where(eq(notifications.id, id));
  try {
    await textMessages.send({ to, body, deduplicationId: id });
  } catch (error) {
    await note({ failedAt: new Date() });
    throw error;
  }
  await note({ sentAt: new Date() });
}
