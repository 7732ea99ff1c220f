import { sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { prebuiltSql } from '#db/prebuilt';
import type { EventType } from '#domain/events/catalogue';
import { placeEvents } from './place-events.ts';
import type { Reader } from './read-batch.ts';

/** Those who are woken together let one give the events their places. */
const placing = new WeakMap<Database, Promise<number>>();

function placeTogether(db: Database): Promise<number> {
  const underWay = placing.get(db) ?? placeEvents(db).finally(() => placing.delete(db));
  placing.set(db, underWay);
  return underWay;
}

/** Looks of one round: while more is written all the time there would always be another. */
const LOOKS = 2;

/**
 * Passes over all that a reader does not hear, where it keeps up and no subject of it lags.
 *
 * @returns whether there is something to read. Where an event came while others got their places, it is looked once more;
 *   of what comes after that the reader is told.
 */
export async function passOver(db: Database, { name, types }: Pick<Reader, 'name' | 'types'>, at: Date) {
  for (let look = 1; look <= LOOKS; look += 1) {
    await placeTogether(db);
    const found = await lookTogether(db, { name, heard: types ?? null, at });
    if (found === undefined || found.isBehind) return true;
    if (!found.isUnplaced) break;
  }
  return false;
}

interface Asked {
  readonly name: string;
  readonly heard: readonly EventType[] | null;
  readonly at: Date;
}

interface Found {
  readonly name: string;
  readonly isBehind: boolean;
  readonly isUnplaced: boolean;
}

/** Those who ask in the same moment ask by one statement. */
const asking = new WeakMap<Database, { readonly asked: Asked[]; readonly answer: Promise<readonly Found[]> }>();

async function lookTogether(db: Database, one: Asked): Promise<Found | undefined> {
  const { asked, answer } = asking.get(db) ?? askSoon(db);
  asked.push(one);
  return (await answer).find(({ name }) => name === one.name);
}

function askSoon(db: Database) {
  const asked: Asked[] = [];
  const answer = Promise.resolve().then(() => {
    asking.delete(db);
    return look(db, { asked: JSON.stringify(asked) });
  });
  const soon = { asked, answer };
  asking.set(db, soon);
  return soon;
}

/** One statement for the many rounds in which there is nothing. A place that another process holds is left to it. */
const look = prebuiltSql<Found>(
  (given) => sql`
    with seen as materialized (
      select coalesce(max(position), 0) as newest, exists (select from events.outbox where sequence is null) as unplaced
      from events.outbox
    ), place as materialized (
      select own.name, position, newest, unplaced, failing_since is not null
        or exists (
          select from events.readers l where l.name = own.name and l.subject is not null and l.retry_at <= asked.at)
        or exists (
          select from events.outbox o where o.position > own.position and o.position <= newest
            and (asked.heard is null or o.type = any(asked.heard))) as is_behind
      from jsonb_to_recordset(${given('asked')}::jsonb) as asked(name text, heard text[], at timestamptz)
      join events.readers own on own.name = asked.name and own.subject is null, seen
    ), passed as (
      update events.readers r set position = p.newest
      from (
        select readers.ctid, place.newest from events.readers join place on readers.name = place.name
        where readers.subject is null and readers.position = place.position
          and place.newest > place.position and not is_behind
          and not exists (select from events.readers l where l.name = place.name and l.subject is not null)
        for update of readers skip locked
      ) p where r.ctid = p.ctid
    )
    select name, is_behind as "isBehind", unplaced as "isUnplaced" from place`,
);
