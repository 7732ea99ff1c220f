import { randomInt } from 'node:crypto';
import { and, count, eq, gt, min } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { otpCodes, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';

/** Seconds a code lives. */
export const CODE_SECONDS = 300;
const SENDS_PER_HOUR = 5;
const HOUR = 3_600_000;

/** A text that must be sent once the transaction is in. */
export interface PendingText {
  readonly to: string;
  readonly body: string;
}

/**
 * Makes a new one-time code for a phone, known or not: the answer and its timing are the same. Somebody
 * who is not registered gets no SMS.
 *
 * @throws Problem rate_limited after five codes in an hour.
 */
export async function sendCode(context: Context, encryption: Encryption, phone: string): Promise<PendingText | null> {
  const phoneHash = encryption.hash('phone', phone);
  const code = await makeCode(context, encryption, phoneHash);
  const [user] = await context.tx.select({ id: users.id, disabledAt: users.disabledAt }).from(users).where(eq(users.phoneHash, phoneHash));
  if (user === undefined || user.disabledAt !== null) return null;
  return { to: phone, body: `${code} is your login code. It is valid for 5 minutes. Never tell it to anyone.` };
}

/** Stores a fresh code, six digits, and counts the sends of the last hour. */
export async function makeCode({ tx, at }: Context, encryption: Encryption, phoneHash: string): Promise<string> {
  const [recent] = await tx
    .select({ sends: count(), first: min(otpCodes.createdAt) })
    .from(otpCodes)
    .where(and(eq(otpCodes.phoneHash, phoneHash), gt(otpCodes.createdAt, new Date(at.getTime() - HOUR))));
  if ((recent?.sends ?? 0) >= SENDS_PER_HOUR) throw new Problem('rate_limited', 'Too many codes were asked for; try again in an hour');
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  await tx.insert(otpCodes).values({
    id: uuidv7(),
    phoneHash,
    codeHash: encryption.hash('otp', `${phoneHash}:${code}`),
    createdAt: at,
    expiresAt: new Date(at.getTime() + CODE_SECONDS * 1000),
  });
  return code;
}
