import { and, eq, isNull } from 'drizzle-orm';
import { pushSubscriptions, sessions } from '#db/schema/index';
import type { Context } from '../context.ts';

/**
 * Ends one session of a user, or all; their access tokens are refused from now on, and the browsers in which they were
 * are pushed to no more: whoever has one now would read what its owner is told.
 */
export async function endSessions(
  { tx, at }: Context,
  { userId, sessionId }: { userId: string; sessionId?: string },
): Promise<void> {
  const one = sessionId === undefined ? undefined : eq(sessions.id, sessionId);
  await tx
    .update(sessions)
    .set({ revokedAt: at })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), one));
  const its = sessionId === undefined ? undefined : eq(pushSubscriptions.sessionId, sessionId);
  await tx.delete(pushSubscriptions).where(and(eq(pushSubscriptions.userId, userId), its));
}
