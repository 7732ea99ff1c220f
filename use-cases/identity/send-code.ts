import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { makeCode, recordText, type PendingText } from './code.ts';

/**
 * Makes a login code for a phone. Somebody who is not registered gets no SMS, but the same answer.
 *
 * @returns the text to send after the commit, or null where nobody may log in by this phone.
 * @throws TooManyRequests after five codes in an hour.
 */
export async function sendCode(context: Context, encryption: Encryption, phone: string): Promise<PendingText | null> {
  const phoneHash = encryption.hash('phone', phone);
  const code = await makeCode(context, encryption, phoneHash);
  const [user] = await context.tx
    .select({ id: users.id, disabledAt: users.disabledAt })
    .from(users)
    .where(eq(users.phoneHash, phoneHash));
  if (user === undefined || user.disabledAt !== null) return null;
  const body = `${code} is your login code. It is valid for 5 minutes. Never tell it to anyone.`;
  return recordText(context, encryption, { userId: user.id, template: 'login_code', to: phone, body, code });
}
