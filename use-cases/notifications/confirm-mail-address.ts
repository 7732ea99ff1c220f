import { timingSafeEqual } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { mailAddresses } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { hashOf, lockMail, nothingWanted, tellFormer, type Queued } from './mail-record.ts';

const WRONG_TRIES = 5;

/**
 * Takes the code that was sent to an address: from now on he is reached there. A wrong try counts, so the caller commits
 * a refusal like a success.
 *
 * @returns false for a code that is wrong, used, too old or guessed at too often; else what is to be woken, where he had another
 */
export async function confirmMailAddress(
  context: Context,
  encryption: Encryption,
  code: string,
): Promise<false | Queued | null> {
  const { tx, at, actor } = context;
  const userId = actor.id;
  const isTheirs = eq(mailAddresses.userId, userId);
  const row = await lockMail(context);
  if (row === undefined || row.codeHash === null || row.wantedEncrypted === null) return false;
  if (row.wrongTries >= WRONG_TRIES || row.codeExpiresAt === null || row.codeExpiresAt <= at) return false;
  if (!timingSafeEqual(Buffer.from(hashOf(encryption, userId, code)), Buffer.from(row.codeHash))) {
    await tx
      .update(mailAddresses)
      .set({ wrongTries: row.wrongTries + 1 })
      .where(isTheirs);
    return false;
  }
  const confirmed = { addressEncrypted: row.wantedEncrypted, bouncedAt: null };
  await tx
    .update(mailAddresses)
    .set({ ...confirmed, ...nothingWanted })
    .where(isTheirs);
  await record(context, { type: 'user.mail_confirmed', subject: userId });
  return tellFormer(context, encryption, row, 'confirmed');
}
