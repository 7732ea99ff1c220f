import { and, asc, eq, gt, isNotNull, lte, sql } from 'drizzle-orm';
import type { EventType } from '#domain/events/catalogue';
import type { StoredEvent } from '#domain/events/cloud-event';
import type { Queryable } from '../client.ts';
import { outbox } from '../schema/index.ts';

const { id, type, subject, leaseId, time, data, trace } = outbox;
/** The columns of an event that has its place. */
export const storedEvent = {
  id,
  type,
  subject,
  leaseId,
  time,
  data,
  trace,
  position: sql`${outbox.position}`.mapWith(Number),
  sequence: sql`${outbox.sequence}`.mapWith(Number),
};

export interface EventFilter {
  readonly type?: EventType | undefined;
  readonly leaseId?: string | undefined;
  readonly subject?: string | undefined;
}

/** Events that have their places, oldest first, after the position `after` and up to `upTo`. */
export function listEvents(
  db: Queryable,
  filter: EventFilter,
  page: { readonly limit: number; readonly after: number; readonly upTo: number },
): Promise<StoredEvent[]> {
  return db
    .select(storedEvent)
    .from(outbox)
    .where(
      and(
        filter.type === undefined ? undefined : eq(outbox.type, filter.type),
        filter.leaseId === undefined ? undefined : eq(outbox.leaseId, filter.leaseId),
        filter.subject === undefined ? undefined : eq(outbox.subject, filter.subject),
        isNotNull(outbox.position),
        gt(outbox.position, page.after),
        lte(outbox.position, page.upTo),
      ),
    )
    .orderBy(asc(outbox.position))
    .limit(page.limit);
}
