import { and, eq } from 'drizzle-orm';
import { pushSubscriptions } from '#db/schema/index';
import type { Context } from '../context.ts';

/** Browsers of one session of a user, or of all, are pushed to no more. */
export async function forgetBrowsers(
  { tx }: Context,
  { userId, sessionId }: { readonly userId: string; readonly sessionId?: string },
): Promise<void> {
  const its = sessionId === undefined ? undefined : eq(pushSubscriptions.sessionId, sessionId);
  await tx.delete(pushSubscriptions).where(and(eq(pushSubscriptions.userId, userId), its));
}
