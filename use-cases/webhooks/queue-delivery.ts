import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Queryable } from '#db/client';
import type { DeliveryRow } from '#db/queries/webhooks';
import { PATIENCE } from '#domain/webhooks/backoff';

type Message = Pick<DeliveryRow, 'id' | 'endpointId' | 'eventId' | 'type' | 'subject' | 'sequence' | 'body'>;

const queued = z.object({ id: z.uuid() });

/**
 * Queues messages, each for an endpoint, in one statement however many there are; what is queued already stays as it is.
 *
 * @returns the ids of those that are new
 */
export async function queueDeliveries(tx: Queryable, messages: readonly Message[], at: Date): Promise<string[]> {
  if (messages.length === 0) return [];
  const rows = messages.map(({ id, endpointId, eventId, type, subject, sequence, body }) => {
    return { id, endpoint_id: endpointId, event_id: eventId, type, subject, sequence, body };
  });
  const now = at.toISOString();
  const deadline = new Date(at.getTime() + PATIENCE).toISOString();
  const added = await tx.execute(sql`
    insert into webhooks.deliveries
      (id, endpoint_id, event_id, type, subject, sequence, body, created_at, deadline, next_at)
    select id, endpoint_id, event_id, type, subject, sequence, body,
      ${now}::timestamptz, ${deadline}::timestamptz, ${now}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as m(id uuid, endpoint_id uuid, event_id uuid, type text, subject uuid, sequence bigint, body text)
    on conflict (event_id, endpoint_id) do nothing returning id`);
  return z
    .array(queued)
    .parse([...added])
    .map(({ id }) => id);
}
