import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Database } from '#db/client';
import { prebuilt } from '#db/prebuilt';
import { sessions, users } from '#db/schema/index';
import type { Identity, TokenIssuer } from '#platform/tokens';

/** A session that goes on, of a user who may log in. */
const isLive = and(isNull(sessions.revokedAt), isNull(users.disabledAt), isNull(users.erasedAt));

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
  const [live] = await liveSession(db, { ...identity });
  return live === undefined ? null : { ...identity, role: live.role };
}

const liveSession = prebuilt<Pick<Identity, 'role'>>((db, given) =>
  db
    .select({ role: users.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, given('sessionId')), eq(users.id, given('userId')), isLive)),
);

/** Those of them whose session goes on, with the role that they had. */
export async function stillThere(db: Database, identities: readonly Identity[]): Promise<ReadonlySet<Identity>> {
  if (identities.length === 0) return new Set();
  const ids = [...new Set(identities.map(({ sessionId }) => sessionId))];
  const rows = await db
    .select({ sessionId: sessions.id, userId: users.id, role: users.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(inArray(sessions.id, ids), isLive));
  const live = new Map(rows.map(({ sessionId, ...row }) => [sessionId, row]));
  return new Set(
    identities.filter(({ sessionId, userId, role }) => {
      const row = live.get(sessionId);
      return row?.userId === userId && row.role === role;
    }),
  );
}
