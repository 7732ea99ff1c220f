import { isNull, max, sql } from 'drizzle-orm';
import type { Database, Queryable } from '#db/client';
import { outbox } from '#db/schema/index';

/** What is read, and what gets its position, in one transaction. */
export const BATCH = 500;

/**
 * Gives the events that are committed by now their positions, in the order in which they were written. One after
 * the other does this, until its commit: who sees a position sees all before it, whatever is committed later.
 *
 * @returns how many there were, at most a batch.
 */
export async function placeEvents(db: Database): Promise<number> {
  const [unseen] = await db.select({ id: outbox.id }).from(outbox).where(isNull(outbox.position)).limit(1);
  if (unseen === undefined) return 0;
  return db.transaction(async (tx) => {
    // A crash may lose it together with all that was made of it: a reader's own commit is behind it in the log.
    await tx.execute(sql`set local synchronous_commit = off`);
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('event positions'))`);
    const placed = await tx.execute(sql`
      with unseen as materialized (
        select number, nextval('events.positions') as position
        from (select number from events.outbox where position is null order by number limit ${BATCH}) o
      )
      update events.outbox o set position = unseen.position from unseen where o.number = unseen.number`);
    return placed.count;
  });
}

/** The highest position there is. */
export async function newestPosition(db: Queryable): Promise<number> {
  const [newest] = await db.select({ position: max(outbox.position) }).from(outbox);
  return newest?.position ?? 0;
}
