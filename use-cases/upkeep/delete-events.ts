import type postgres from 'postgres';
import { daysBefore, inBatches, type Beat } from './batches.ts';

/**
 * Deletes events that were written longer ago than the retention. What a reader has not taken yet stays, however
 * old it is; the audit, which a lease's timeline is made of, is never shortened.
 */
export function deleteEvents(sql: postgres.Sql, at: Date, retentionDays: number, beat: Beat): Promise<number> {
  const before = daysBefore(at, retentionDays);
  return inBatches(async (limit) => {
    const deleted = await sql`
      delete from events.outbox where number = any(array(
        select number from events.outbox
        where created_at < ${before} and position <= (select min(position) from events.readers)
        order by created_at limit ${limit}))`;
    return deleted.count;
  }, beat);
}
