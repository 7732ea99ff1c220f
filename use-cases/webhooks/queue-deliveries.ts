import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Queryable } from '#db/client';
import type { DeliveryRow } from '#db/queries/webhooks';
import { PATIENCE } from '#domain/webhooks/backoff';

type Message = Pick<DeliveryRow, 'id' | 'endpointId' | 'eventId' | 'type' | 'subject' | 'sequence' | 'body'>;

const queued = z.object({ id: z.uuid() });

/**
 * Queues messages, each for an endpoint, in their order and in one statement however many there are; what is queued already
 * stays as it is.
 * For an endpoint that is disabled they are dead. Whoever disables one meanwhile finds them, or is found.
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
    with message as (
      select * from rows from (
        json_to_recordset(${JSON.stringify(rows)}::json)
          as (id uuid, endpoint_id uuid, event_id uuid, type text, subject uuid, sequence bigint, body text)
      ) with ordinality as m(id, endpoint_id, event_id, type, subject, sequence, body, place)
    ), endpoint as (
      select id, status = 'active' as is_active from webhooks.endpoints
      where id in (select endpoint_id from message) order by id for share
    )
    insert into webhooks.deliveries
      (id, endpoint_id, event_id, type, subject, sequence, body, created_at, deadline, status, dead_for, next_at, settled_at)
    select m.id, e.id, event_id, type, subject, sequence, body, ${now}::timestamptz, ${deadline}::timestamptz,
      case when is_active then 'pending' else 'dead' end, case when is_active then null else 'endpoint_disabled' end,
      case when is_active then ${now}::timestamptz end, case when is_active then null else ${now}::timestamptz end
    from message m join endpoint e on e.id = m.endpoint_id order by m.place
    on conflict (event_id, endpoint_id) do nothing returning id`);
  return z
    .array(queued)
    .parse([...added])
    .map(({ id }) => id);
}
