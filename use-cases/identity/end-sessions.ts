import { and, eq, isNull } from 'drizzle-orm';
import { sessions } from '#db/schema/index';
import type { Context } from '../context.ts';

/** Ends one session of a user, or all; their access tokens are refused from now on. */
export async function endSessions(
  { tx, at }: Context,
  { userId, sessionId }: { userId: string; sessionId?: string },
): Promise<void> {
  const one = sessionId === undefined ? undefined : eq(sessions.id, sessionId);
  await tx
    .update(sessions)
    .set({ revokedAt: at })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), one));
}
