import { timingSafeEqual } from 'node:crypto';
import { desc, eq } from 'drizzle-orm';
import { otpCodes } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { codeHash, type Purpose } from './code.ts';

/** A code may be guessed wrong so many times. */
export const WRONG_TRIES = 5;

/**
 * Takes the newest code of a phone, once. A wrong try counts, so the caller commits a refusal like a success.
 *
 * @param given.againWithinMs for so long after it was taken the right code is good again; not at all without it
 * @param given.purpose the only one that a code is good for
 * @returns false for a code that is wrong, for another purpose, used, too old or guessed at too often.
 */
export async function takeCode(
  { tx, at }: Context,
  encryption: Encryption,
  given: {
    readonly phoneHash: string;
    readonly code: string;
    readonly purpose?: Purpose;
    readonly againWithinMs?: number;
  },
): Promise<boolean> {
  const { phoneHash, code, purpose = 'login', againWithinMs = 0 } = given;
  const hash = Buffer.from(codeHash(encryption, phoneHash, code, purpose));
  const [newest] = await tx
    .select()
    .from(otpCodes)
    .where(eq(otpCodes.phoneHash, phoneHash))
    .orderBy(desc(otpCodes.createdAt), desc(otpCodes.id))
    .limit(1)
    .for('update');
  if (newest === undefined || newest.wrongTries >= WRONG_TRIES) return false;
  if (!timingSafeEqual(hash, Buffer.from(newest.codeHash))) {
    await tx
      .update(otpCodes)
      .set({ wrongTries: newest.wrongTries + 1 })
      .where(eq(otpCodes.id, newest.id));
    return false;
  }
  if (newest.consumedAt !== null) return at.getTime() - newest.consumedAt.getTime() < againWithinMs;
  if (newest.expiresAt <= at) return false;
  await tx.update(otpCodes).set({ consumedAt: at }).where(eq(otpCodes.id, newest.id));
  return true;
}
