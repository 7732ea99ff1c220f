import { eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { leaseClockAt } from '#db/queries/doubts';
import { notifications } from '#db/schema/index';

/**
 * When a warning was delivered, on the lease's clock, epoch milliseconds: the network of a text has said that it arrived; of an e-mail
 * no server says so, and it counts from when it was taken, until it comes back. A push service takes what a browser may never show, and nobody
 * looks into an app because he may be stopped. Never before the lease asked for it, nor, where its clock is the wall's, before it arrived.
 */
export async function warnedAt(tx: Queryable, leaseId: string, key: string | null): Promise<number | null> {
  if (key === null) return null;
  const [text] = await tx
    .select()
    .from(notifications)
    .where(eq(notifications.key, `${leaseId}:${key}`));
  const arrivedAt = text === undefined ? null : arrivalOf(text);
  if (text === undefined || arrivedAt === null) return null;
  const warnedOn = await leaseClockAt(tx, leaseId, arrivedAt);
  const hasTravelled = warnedOn.getTime() !== arrivedAt.getTime();
  // Texts of before do not say when they were asked for. A clock that travels may have done so since.
  if (text.askedAt === null || !hasTravelled) return warnedOn.getTime();
  return text.askedAt.getTime() + Math.max(0, arrivedAt.getTime() - text.createdAt.getTime());
}

/** What came back is sent no more, whatever was said before. */
function arrivalOf({ channel, sentAt, deliveredAt }: typeof notifications.$inferSelect): Date | null {
  if (sentAt === null) return null;
  if (channel === 'email') return deliveredAt !== null && deliveredAt < sentAt ? deliveredAt : sentAt;
  return deliveredAt;
}
