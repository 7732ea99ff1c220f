import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { leaseClockAt } from '#db/queries/doubts';
import { notifications } from '#db/schema/index';
import type { Channel } from '#domain/notifications/channels';

/** A push service takes what a browser may never show, and nobody looks into an app because he may be stopped. */
const warns: ReadonlySet<Channel> = new Set(['sms', 'email']);

/**
 * When a warning was delivered, on the lease's clock, epoch milliseconds: a channel has taken it by which it reaches the
 * customer. Never before the lease asked for it, nor, where its clock is the wall's, before it was sent.
 */
export async function warnedAt(tx: Queryable, leaseId: string, key: string | null): Promise<number | null> {
  if (key === null) return null;
  const [text] = await tx
    .select()
    .from(notifications)
    .where(eq(notifications.key, `${leaseId}:${key}`));
  if (text === undefined || text.sentAt === null || !warns.has(text.channel)) return null;
  const sentAt = await leaseClockAt(tx, leaseId, text.sentAt);
  const hasTravelled = sentAt.getTime() !== text.sentAt.getTime();
  // Texts of before do not say when they were asked for. A clock that travels may have done so since.
  if (text.askedAt === null || !hasTravelled) return sentAt.getTime();
  return text.askedAt.getTime() + Math.max(0, text.sentAt.getTime() - text.createdAt.getTime());
}
