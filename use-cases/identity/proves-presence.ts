import { eq } from 'drizzle-orm';
import { sessions, users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { takeCode } from './take-code.ts';

/** A login by one-time code counts for so long as a proof of who asks, milliseconds. */
const FRESH_MS = 15 * 60_000;

/** Who asks, by which session, and a code that he has just got. */
interface Claim {
  readonly userId: string;
  readonly sessionId: string;
  readonly code: string | undefined;
}

/**
 * Whether a customer proves that he has his phone in his hand: he logged in within the last quarter of an hour (a session begins with
 * a code, and refreshing does not make it younger), or names a fresh code. A wrong try counts, so the caller commits a
 * refusal like a success. The code that proved it proves it again for as long: phones lose answers.
 */
export async function provesPresence(
  context: Context,
  encryption: Encryption,
  { userId, sessionId, code }: Claim,
): Promise<boolean> {
  const { tx, at } = context;
  const [session] = await tx.select().from(sessions).where(eq(sessions.id, sessionId));
  if (session !== undefined && at.getTime() - session.createdAt.getTime() < FRESH_MS) return true;
  if (code === undefined) return false;
  const [user] = await tx.select({ phoneHash: users.phoneHash }).from(users).where(eq(users.id, userId));
  if (user === undefined || user.phoneHash === null) return false;
  const isRight = await takeCode(context, encryption, { phoneHash: user.phoneHash, code, againWithinMs: FRESH_MS });
  await record(context, {
    type: isRight ? 'presence.proven' : 'presence.doubted',
    subject: userId,
    detail: { sessionId },
  });
  return isRight;
}
