import type postgres from 'postgres';
import { daysBefore, inBatches, type Beat } from './batches.ts';

/**
 * Deletes sessions a day after they would have expired, with their refresh tokens, and what used tokens were
 * given for once it is not answered again. A revoked one stays as
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
  await inBatches(async (limit) => {
    const forgotten = await sql`
      update identity.refresh_tokens set successor_encrypted = null where token_hash = any(array(
        select token_hash from identity.refresh_tokens
        where successor_encrypted is not null and used_at < ${new Date(at.getTime() - 60_000)} limit ${limit}))`;
    return forgotten.count;
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
