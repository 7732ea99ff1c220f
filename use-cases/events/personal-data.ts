import { eq, type SQL } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { withoutWords } from '#db/queries/words';
import { outbox } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';
import { eventRetention } from './retention.ts';

export const eventData: PersonalData = {
  holds: 'events of the customer and his leases',
  kept: '`EVENTS_RETENTION_DAYS`; what people typed in them, until the customer is erased',

  // What they tell of is what the others give.
  export: {},

  erase: ({ tx }, { id }) => forgetWords(tx, eq(outbox.subject, id)),

  retention: eventRetention,
};

/** What people typed goes from these events. */
export async function forgetWords(tx: Transaction, which: SQL): Promise<void> {
  await tx
    .update(outbox)
    .set({ data: withoutWords(outbox.data) })
    .where(which);
}
