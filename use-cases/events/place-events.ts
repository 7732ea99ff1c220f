import { isNull, sql } from 'drizzle-orm';
import type { Database, Queryable } from '#db/client';
import { prebuilt, prebuiltSql } from '#db/prebuilt';
import { outbox } from '#db/schema/index';

/** What is read, and what gets its position, in one transaction. */
export const BATCH = 500;

/**
 * Gives the events that are committed by now their positions and their places among those of their subjects, in the
 * order in which they were written. One after the other does this, until its commit: who sees a position sees all before
 * it, whatever is committed later. Both are told outside, so that no crash may take them back.
 *
 * What a process of the version before has given a position beside us gets its sequence here.
 *
 * @returns how many there were, at most a batch.
 */
export async function placeEvents(db: Database): Promise<number> {
  const [unseen] = await unseenEvent(db, {});
  if (unseen === undefined) return 0;
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('event positions'))`);
    const placed = await tx.execute(sql`
      with unseen as materialized (
        select number, subject, coalesce(position, nextval('events.positions')) as position
        from (select number, subject, position from events.outbox where sequence is null order by number limit ${BATCH}) o
      ), counted as (
        insert into events.subjects as known (subject, sequence)
        select subject, count(*) from unseen group by subject order by subject
        on conflict (subject) do update set sequence = known.sequence + excluded.sequence
        returning subject, sequence
      ), numbered as (
        select number, position, sequence + 1 - row_number() over (partition by subject order by number desc) as sequence
        from unseen join counted using (subject)
      )
      update events.outbox o set position = numbered.position, sequence = numbered.sequence
      from numbered where o.number = numbered.number`);
    return placed.count;
  });
}

/** As `placeEvents`, all that are committed by now. */
export async function placeAllEvents(db: Database): Promise<void> {
  while ((await placeEvents(db)) === BATCH);
}

/** The highest position up to which every event has its sequence. */
export async function newestPosition(db: Queryable): Promise<number> {
  const [newest] = await newestOf(db, {});
  return Number(newest?.position ?? 0);
}

/** `offset 0` keeps Postgres from looking for the lowest among all positions, of which hardly any is without a sequence. */
const newestOf = prebuiltSql<{ readonly position: string | null }>(
  () => sql`
    select coalesce(
      (select min(position) - 1 from (select position from events.outbox where sequence is null offset 0) unplaced),
      max(position)
    ) as position
    from events.outbox`,
);

const unseenEvent = prebuilt((db) => db.select({ id: outbox.id }).from(outbox).where(isNull(outbox.sequence)).limit(1));
