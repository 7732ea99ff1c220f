import type { Database } from '#db/client';
import { system } from '#domain/identity/roles';
import { record, transact } from '../context.ts';

const HOUR = 3_600_000;

/**
 * A tracker has written to a topic that is not its own and the broker has refused it, or a unit that nobody has fitted wanted
 * in by its IMEI: on record once an hour for each.
 */
export function noteRefusal(
  db: Database,
  { trackerId, topic }: { readonly trackerId: string; readonly topic: string },
): Promise<void> {
  const at = new Date();
  return transact(db, system('telematics'), at, (context) =>
    record(context, {
      key: `topic_refused:${trackerId}:${Math.floor(at.getTime() / HOUR)}`,
      type: 'tracker.topic_refused',
      subject: trackerId,
      detail: { topic: topic.slice(0, 200).replaceAll('\0', '\uFFFD') },
    }),
  );
}
