import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { makeCode, queueCode } from './code.ts';

/**
 * Makes a login code for a phone. Somebody who is not registered gets no SMS, but the same answer.
 *
 * @returns the notification to deliver after the commit, or null where nobody may log in by this phone.
 * @throws TooManyRequests after five codes in an hour.
 */
export async function sendCode(context: Context, encryption: Encryption, phone: string): Promise<string | null> {
  const phoneHash = encryption.hash('phone', phone);
  const code = await makeCode(context, encryption, phoneHash);
  const [user] = await context.tx
    .select({ id: users.id, disabledAt: users.disabledAt })
    .from(users)
    .where(eq(users.phoneHash, phoneHash));
  if (user === undefined || user.disabledAt !== null) return null;
  return queueCode(context, encryption, { to: user.id, template: 'login_code', code });
}
