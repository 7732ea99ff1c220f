import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import { unreadCallbacks } from '#db/schema/index';
import { storable } from '#domain/text';
import type { Encryption } from '#platform/encryption';

/**
 * Keeps what a gateway of texts, or a provider that announces money, sent and nobody can read, as a dead letter: it would send it
 * again as it is, and then forget it.
 *
 * @param callback.body as it was understood so far
 */
export async function keepUnread(
  { db, encryption }: { readonly db: Database; readonly encryption: Encryption },
  callback: { readonly sender: string; readonly unread: string; readonly body: unknown },
): Promise<void> {
  const { sender, unread, body } = callback;
  const bodyEncrypted = encryption.encrypt(storable(JSON.stringify(body)));
  await db.insert(unreadCallbacks).values({ id: uuidv7(), sender, unread, bodyEncrypted, receivedAt: new Date() });
}
