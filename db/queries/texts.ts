import { and, desc, eq, gt, gte, or } from 'drizzle-orm';
import type { Told } from '#domain/notifications/rules';
import type { Queryable } from '../client.ts';
import { notifications, suppressions, users } from '../schema/index.ts';

/** The newest text of a template that the customer of a lease was sent since then, sealed; null for none. */
export async function newestText(
  db: Queryable,
  of: { readonly userId: string; readonly leaseId: string; readonly template: Told; readonly since: Date },
): Promise<string | null> {
  const [row] = await db
    .select({ body: notifications.bodyEncrypted })
    .from(notifications)
    .where(
      and(
        eq(notifications.userId, of.userId),
        eq(notifications.leaseId, of.leaseId),
        eq(notifications.template, of.template),
        gt(notifications.createdAt, of.since),
      ),
    )
    .orderBy(desc(notifications.createdAt))
    .limit(1);
  return row?.body ?? null;
}

/**
 * What a customer has stopped: what is older than he is was said by whoever had his number before, unless somebody else had
 * named him before he came.
 */
export const isOwnStop = and(
  eq(suppressions.phoneHash, users.phoneHash),
  or(gte(suppressions.since, users.createdAt), users.isNamedByOther),
);

/** Whether a customer wants no texts. */
export async function isStopped(db: Queryable, userId: string): Promise<boolean> {
  const [row] = await db
    .select({ since: suppressions.since })
    .from(users)
    .innerJoin(suppressions, isOwnStop)
    .where(eq(users.id, userId));
  return row !== undefined;
}
