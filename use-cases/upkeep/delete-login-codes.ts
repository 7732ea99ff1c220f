import type postgres from 'postgres';
import { daysBefore, inBatches, type Beat } from './batches.ts';

/** Deletes login codes of yesterday: they live five minutes, and count for the limit of sends for an hour. */
export function deleteLoginCodes(sql: postgres.Sql, at: Date, beat: Beat): Promise<number> {
  const before = daysBefore(at, 1);
  return inBatches(async (limit) => {
    const deleted = await sql`
      delete from identity.otp_codes where id = any(array(
        select id from identity.otp_codes where created_at < ${before} order by created_at limit ${limit}))`;
    return deleted.count;
  }, beat);
}
