import type { Database } from '#db/client';
import { listEvents, type EventFilter } from '#db/queries/events';
import type { StoredEvent } from '#domain/events/cloud-event';
import { newestPosition, placeAllEvents } from './place-events.ts';

/** Events after a position, oldest first, with all that is committed by now: whoever asks need not wait for a reader. */
export async function readEvents(
  db: Database,
  filter: EventFilter,
  { limit, after }: { readonly limit: number; readonly after: number },
): Promise<StoredEvent[]> {
  await placeAllEvents(db);
  return listEvents(db, filter, { limit, after, upTo: await newestPosition(db) });
}
