import { and, desc, eq, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { notifications } from '../schema/index.ts';
import type { Position } from './payments.ts';

export type NotificationRow = typeof notifications.$inferSelect;

/** Newest first. */
export function listNotifications(
  db: Queryable,
  { userId }: { readonly userId?: string | undefined },
  { limit, before }: { readonly limit: number; readonly before: Position | undefined },
): Promise<NotificationRow[]> {
  const { createdAt, id } = notifications;
  return db
    .select()
    .from(notifications)
    .where(
      and(
        userId === undefined ? undefined : eq(notifications.userId, userId),
        before === undefined
          ? undefined
          : sql`(${createdAt}, ${id}) < (${before.createdAt.toISOString()}::timestamptz, ${before.id}::uuid)`,
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
}
