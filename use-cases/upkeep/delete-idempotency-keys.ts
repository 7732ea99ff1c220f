import type postgres from 'postgres';
import { daysBefore, inBatches, type Beat } from './batches.ts';

/** Deletes the answers that no repeated request may get any more: those older than 24 hours. */
export function deleteIdempotencyKeys(sql: postgres.Sql, at: Date, beat: Beat): Promise<number> {
  const before = daysBefore(at, 1);
  return inBatches(async (limit) => {
    const deleted = await sql`
      delete from identity.idempotency_keys
      where created_at < ${before} and ctid = any(array(
        select ctid from identity.idempotency_keys where created_at < ${before} order by created_at limit ${limit}))`;
    return deleted.count;
  }, beat);
}
