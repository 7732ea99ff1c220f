import { timingSafeEqual } from 'node:crypto';
import { and, desc, eq, isNull } from 'drizzle-orm';
import { otpCodes, users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { codeHash } from './code.ts';
import { openSession, type Login } from './open-session.ts';

/** A code may be guessed wrong so many times. */
const WRONG_TRIES = 5;

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
  const { tx, at } = context;
  const phoneHash = encryption.hash('phone', phone);
  const given = Buffer.from(codeHash(encryption, phoneHash, code));
  const [newest] = await tx
    .select()
    .from(otpCodes)
    .where(eq(otpCodes.phoneHash, phoneHash))
    .orderBy(desc(otpCodes.createdAt), desc(otpCodes.id))
    .limit(1)
    .for('update');
  if (newest === undefined || newest.consumedAt !== null || newest.expiresAt <= at || newest.wrongTries >= WRONG_TRIES)
    return null;
  const isRight = timingSafeEqual(given, Buffer.from(newest.codeHash));
  const change = isRight ? { consumedAt: at } : { wrongTries: newest.wrongTries + 1 };
  await tx.update(otpCodes).set(change).where(eq(otpCodes.id, newest.id));
  if (!isRight) return null;
  const [user] = await tx
    .select()
    .from(users)
    .where(and(eq(users.phoneHash, phoneHash), isNull(users.disabledAt)));
  return user === undefined ? null : openSession(context, encryption, user);
}
