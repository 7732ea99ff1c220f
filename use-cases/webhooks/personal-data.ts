import { and, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { whileHeldBy } from '#db/queries/tenures';
import { withoutWords } from '#db/queries/words';
import { deliveries, deliveryTries, outbox } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';
import { webhookRetention } from './retention.ts';

export const webhookData: PersonalData = {
  holds: 'events of the customer and his leases as they are sent to receivers',
  kept: 'what was delivered, and its log, a week; what could not be, `EVENTS_RETENTION_DAYS`; what people typed, which no receiver is sent any more, until the customer is erased',

  // Copies of what the others give.
  export: {},

  erase: ({ tx }, { id }) => eraseFromDeliveries(tx, id),

  retention: webhookRetention,
};

/** What people typed about a customer goes from what is sent, or was, and what was answered to it, of him, and of leases while they were his. */
export async function eraseFromDeliveries(tx: Transaction, id: string): Promise<void> {
  const told = tx
    .select({ id: outbox.id })
    .from(outbox)
    .where(or(whileHeldBy(id, outbox.leaseId, outbox.time), eq(outbox.subject, id)));
  const data = sql`${deliveries.body}::jsonb -> 'data'`;
  const clean = withoutWords(data);
  await tx
    .update(deliveries)
    .set({ body: sql`jsonb_set(${deliveries.body}::jsonb, '{data}', ${clean})::text` })
    .where(and(inArray(deliveries.eventId, told), sql`${clean} <> ${data}`));
  // A receiver may have answered with what it was sent.
  const theirs = tx.select({ id: deliveries.id }).from(deliveries).where(inArray(deliveries.eventId, told));
  await tx
    .update(deliveryTries)
    .set({ answer: 'erased' })
    .where(and(inArray(deliveryTries.deliveryId, theirs), isNotNull(deliveryTries.answer)));
}
