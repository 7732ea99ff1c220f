import { and, asc, eq, gt } from 'drizzle-orm';
import type { EventType } from '#domain/events/catalogue';
import type { Queryable } from '../client.ts';
import { outbox } from '../schema/index.ts';

export type EventRow = typeof outbox.$inferSelect;

export interface EventFilter {
  readonly type?: EventType | undefined;
  readonly leaseId?: string | undefined;
  readonly subject?: string | undefined;
}

/** Events in the order they were written, after the one with the number `after`. */
export function listEvents(
  db: Queryable,
  { type, leaseId, subject }: EventFilter,
  page: { readonly limit: number; readonly after: number | undefined },
): Promise<EventRow[]> {
  const { limit, after } = page;
  return db
    .select()
    .from(outbox)
    .where(
      and(
        type === undefined ? undefined : eq(outbox.type, type),
        leaseId === undefined ? undefined : eq(outbox.leaseId, leaseId),
        subject === undefined ? undefined : eq(outbox.subject, subject),
        after === undefined ? undefined : gt(outbox.number, after),
      ),
    )
    .orderBy(asc(outbox.number))
    .limit(limit);
}
