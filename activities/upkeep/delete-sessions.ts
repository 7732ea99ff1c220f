import type postgres from 'postgres';
import { daysBefore, inBatches, type Beat } from './batches.ts';

/**
 * Deletes sessions a day after they would have expired, with their refresh tokens. A revoked one stays as
 * long: while its tokens could be valid, the reuse of one has to be recognised.
 *
 * @returns how many sessions it deleted.
 */
export async function deleteSessions(sql: postgres.Sql, at: Date, beat: Beat): Promise<number> {
  const before = daysBefore(at, 1);
  await inBatches(async (limit) => {
    const deleted = await sql`
      delete from identity.refresh_tokens where token_hash = any(array(
        select token_hash from identity.refresh_tokens join identity.sessions on sessions.id = session_id
        where expires_at < ${before} limit ${limit}))`;
    return deleted.count;
  }, beat);
  return inBatches(async (limit) => {
    const deleted = await sql`
      delete from identity.sessions where id = any(array(
        select id from identity.sessions where expires_at < ${before}
          and not exists (select from identity.refresh_tokens where session_id = sessions.id)
        order by expires_at limit ${limit}))`;
    return deleted.count;
  }, beat);
}
