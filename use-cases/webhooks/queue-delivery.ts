import { uuidv7 } from 'uuidv7';
import { deliveries } from '#db/schema/index';
import type { Queryable } from '#db/client';
import { PATIENCE } from '#domain/webhooks/backoff';

type Message = Pick<typeof deliveries.$inferInsert, 'eventId' | 'type' | 'subject' | 'sequence' | 'body'>;

/** Queues a message for endpoints; where it is queued already it stays as it is. */
export async function queueDelivery(
  tx: Queryable,
  endpointIds: readonly string[],
  message: Message,
  at: Date,
): Promise<string[]> {
  const deadline = new Date(at.getTime() + PATIENCE);
  const rows = endpointIds.map((endpointId) => ({
    id: uuidv7(),
    endpointId,
    ...message,
    createdAt: at,
    deadline,
    nextAt: at,
  }));
  const queued = await tx
    .insert(deliveries)
    .values(rows)
    .onConflictDoNothing({ target: [deliveries.eventId, deliveries.endpointId] })
    .returning({ id: deliveries.id });
  return queued.map(({ id }) => id);
}
