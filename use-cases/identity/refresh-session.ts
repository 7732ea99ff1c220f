import { and, eq, lt } from 'drizzle-orm';
import { refreshTokens, sessions, users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { endSessions } from './end-sessions.ts';
import { issueRefreshToken, type Login } from './open-session.ts';

/** For so long after its use a token gives the same successor again: phones lose answers. Milliseconds. */
const AGAIN_MS = 60_000;

/**
 * Gives a new refresh token for an old one; the same one again within a minute. A token that was used longer
 * ago is in two hands by now: the whole session ends. The caller commits a refusal, so that this lasts.
 *
 * @returns null for a token that is not good.
 */
export async function refreshSession(
  context: Context,
  encryption: Encryption,
  refreshToken: string,
): Promise<Login | null> {
  const { tx, at } = context;
  const tokenHash = encryption.hash('refresh', refreshToken);
  const [token] = await tx.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, tokenHash)).for('update');
  if (token === undefined) return null;
  const [found] = await tx
    .select({ session: sessions, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, token.sessionId));
  if (found === undefined) return null;
  const { session, user } = found;
  if (session.revokedAt !== null || session.expiresAt <= at || user.disabledAt !== null || user.erasedAt !== null)
    return null;
  const login = (successor: string): Login => ({ user, sessionId: session.id, refreshToken: successor });
  if (token.usedAt !== null) {
    if (token.successorEncrypted !== null && at.getTime() - token.usedAt.getTime() <= AGAIN_MS)
      return login(encryption.decrypt(token.successorEncrypted));
    await endSessions(context, { userId: user.id, sessionId: session.id });
    await record(context, {
      type: 'session.revoked',
      subject: user.id,
      detail: { sessionId: session.id, reason: 'a refresh token was used twice' },
    });
    return null;
  }
  const successor = await issueRefreshToken(context, encryption, session.id);
  const isOver = lt(refreshTokens.usedAt, new Date(at.getTime() - AGAIN_MS));
  await tx
    .update(refreshTokens)
    .set({ successorEncrypted: null })
    .where(and(eq(refreshTokens.sessionId, session.id), isOver));
  await tx
    .update(refreshTokens)
    .set({ usedAt: at, successorEncrypted: encryption.encrypt(successor) })
    .where(eq(refreshTokens.tokenHash, tokenHash));
  return login(successor);
}
