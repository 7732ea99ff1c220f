import { sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { prebuiltSql } from '#db/prebuilt';
import { placeEvents } from './place-events.ts';
import type { Reader } from './read-batch.ts';

/** Those who are woken together let one give the events their places. */
const placing = new WeakMap<Database, Promise<number>>();

function placeTogether(db: Database): Promise<number> {
  const underWay = placing.get(db) ?? placeEvents(db).finally(() => placing.delete(db));
  placing.set(db, underWay);
  return underWay;
}

/**
 * Passes over all that a reader does not hear, where it keeps up and no subject of it lags.
 *
 * @returns whether there is something to read. Where an event came while others got their places, it is looked again.
 */
export async function passOver(db: Database, { name, types }: Pick<Reader, 'name' | 'types'>, at: Date) {
  const heard = types === undefined ? null : `{${types.join()}}`;
  for (;;) {
    await placeTogether(db);
    const [row] = await look(db, { name, heard, at: at.toISOString() });
    if (row === undefined || row.isBehind) return true;
    if (!row.isUnplaced) return false;
  }
}

/** One statement for the many rounds in which there is nothing. A place that another process holds is left to it. */
const look = prebuiltSql<{ readonly isBehind: boolean; readonly isUnplaced: boolean }>(
  (given) => sql`
    with seen as materialized (
      select coalesce(max(position), 0) as newest, exists (select from events.outbox where sequence is null) as unplaced
      from events.outbox
    ), place as materialized (
      select position, newest, unplaced, failing_since is not null
        or exists (
          select from events.readers l
          where l.name = ${given('name')} and l.subject is not null and l.retry_at <= ${given('at')}::timestamptz)
        or exists (
          select from events.outbox o where o.position > own.position and o.position <= newest
            and (${given('heard')}::text[] is null or o.type = any(${given('heard')}::text[]))) as is_behind
      from events.readers own, seen where name = ${given('name')} and subject is null
    ), passed as (
      update events.readers r set position = p.newest
      from (
        select ctid, place.newest from events.readers, place
        where name = ${given('name')} and subject is null and readers.position = place.position
          and place.newest > place.position and not is_behind
          and not exists (select from events.readers l where l.name = ${given('name')} and l.subject is not null)
        for update of readers skip locked
      ) p where r.ctid = p.ctid
    )
    select is_behind as "isBehind", unplaced as "isUnplaced" from place`,
);
