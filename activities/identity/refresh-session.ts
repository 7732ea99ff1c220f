import { eq } from 'drizzle-orm';
import { refreshTokens, sessions, users } from '#db/schema/index';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { issueRefreshToken, type Login } from './open-session.ts';

/**
 * Gives a new refresh token for an old one. A token that was used before is in two hands by now: the
 * whole session ends. The caller commits a refusal, so that this lasts.
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
  if (token.usedAt !== null) {
    await tx.update(sessions).set({ revokedAt: at }).where(eq(sessions.id, session.id));
    await record(context, {
      type: 'session.revoked',
      subject: user.id,
      detail: { sessionId: session.id, reason: 'a refresh token was used twice' },
    });
    return null;
  }
  await tx.update(refreshTokens).set({ usedAt: at }).where(eq(refreshTokens.tokenHash, tokenHash));
  return { user, sessionId: session.id, refreshToken: await issueRefreshToken(context, encryption, session.id) };
}
