import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from '#db/client';
import { sessions, users } from '#db/schema/index';
import type { Identity, TokenIssuer } from '#platform/tokens';

/**
 * Who an access token speaks for, with the role as it is now.
 *
 * @returns null for a token that is not good, of a session that has ended, or of a user who is disabled
 * or erased.
 */
export async function identify(
  { db, tokens }: { readonly db: Database; readonly tokens: TokenIssuer },
  token: string,
): Promise<Identity | null> {
  const identity = await tokens.verify(token);
  if (identity === null) return null;
  const [live] = await db
    .select({ role: users.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.id, identity.sessionId),
        eq(users.id, identity.userId),
        isNull(sessions.revokedAt),
        isNull(users.disabledAt),
        isNull(users.erasedAt),
      ),
    );
  return live === undefined ? null : { ...identity, role: live.role };
}
