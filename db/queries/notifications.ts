import { and, desc, eq } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { notifications } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type NotificationRow = typeof notifications.$inferSelect;

/** Newest first. */
export function listNotifications(
  db: Queryable,
  { userId }: { readonly userId?: string | undefined },
  { limit, before }: Page,
): Promise<NotificationRow[]> {
  const { createdAt, id } = notifications;
  return db
    .select()
    .from(notifications)
    .where(and(userId === undefined ? undefined : eq(notifications.userId, userId), olderThan(before, createdAt, id)))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
}
