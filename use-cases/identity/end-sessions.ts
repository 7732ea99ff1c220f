import { and, eq, isNull } from 'drizzle-orm';
import { sessions } from '#db/schema/index';
import type { Context } from '../context.ts';
import { forgetBrowsers } from '../notifications/forget-browsers.ts';

/**
 * Ends one session of a user, or all; their access tokens are refused from now on, and the browsers in which they were
 * are pushed to no more: whoever has one now would read what its owner is told.
 */
export async function endSessions(context: Context, which: { userId: string; sessionId?: string }): Promise<void> {
  const { tx, at } = context;
  const { userId, sessionId } = which;
  const one = sessionId === undefined ? undefined : eq(sessions.id, sessionId);
  await tx
    .update(sessions)
    .set({ revokedAt: at })
    .where(and(eq(sessions.userId, userId), isNull(sessions.revokedAt), one));
  await forgetBrowsers(context, which);
}
