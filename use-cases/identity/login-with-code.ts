import { eq } from 'drizzle-orm';
import { users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { openSession, type Login } from './open-session.ts';
import { takeCode } from './take-code.ts';

/**
 * Logs a customer in by the newest code of the phone. A wrong try counts, so the caller commits a refusal
 * like a success and refuses afterwards.
 *
 * @returns null for a code that is wrong, used, too old or guessed at too often, and for nobody's phone.
 */
export async function loginWithCode(
  context: Context,
  encryption: Encryption,
  { phone, code }: { phone: string; code: string },
): Promise<Login | null> {
  const phoneHash = encryption.hash('phone', phone);
  if (!(await takeCode(context, encryption, { phoneHash, code }))) return null;
  const [user] = await context.tx.select().from(users).where(eq(users.phoneHash, phoneHash));
  return user === undefined ? null : openSession(context, encryption, user);
}
