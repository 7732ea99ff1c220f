import { and, desc, eq, gt } from 'drizzle-orm';
import type { Told } from '#domain/notifications/rules';
import type { Queryable } from '../client.ts';
import { notifications, suppressions } from '../schema/index.ts';

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

/** Whether a phone wants no texts. */
export async function isStopped(db: Queryable, phoneHash: string): Promise<boolean> {
  return (await db.$count(suppressions, eq(suppressions.phoneHash, phoneHash))) > 0;
}
