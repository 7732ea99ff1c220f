import { daysBefore, inBatches, type Retention, type Sweep } from '../retention.ts';

export const identityRetention = {
  /** The answers that no repeated request may get any more: those older than 24 hours. */
  idempotencyKeys({ sql, at, beat }) {
    const before = daysBefore(at, 1);
    return inBatches(
      (limit) => sql`
        delete from identity.idempotency_keys
        where created_at < ${before} and ctid = any(array(
          select ctid from identity.idempotency_keys where created_at < ${before} order by created_at limit ${limit}))`,
      beat,
    );
  },

  /** Login codes of yesterday: they live five minutes, and count for the limit of sends for an hour. */
  loginCodes({ sql, at, beat }) {
    const before = daysBefore(at, 1);
    return inBatches(
      (limit) => sql`
        delete from identity.otp_codes where id = any(array(
          select id from identity.otp_codes where created_at < ${before} order by created_at limit ${limit}))`,
      beat,
    );
  },

  /**
   * Sessions a day after they would have expired, with their refresh tokens, and what used tokens were given for once
   * it is not answered again. A revoked one stays as long: while its tokens could be valid, the reuse of one has to be
   * recognised.
   */
  async sessions(sweep) {
    await forgetTokens(sweep);
    const { sql, at, beat } = sweep;
    return inBatches(
      (limit) => sql`
        delete from identity.sessions where id = any(array(
          select id from identity.sessions where expires_at < ${daysBefore(at, 1)}
            and not exists (select from identity.refresh_tokens where session_id = sessions.id)
          order by expires_at limit ${limit}))`,
      beat,
    );
  },
} satisfies Retention;

async function forgetTokens({ sql, at, beat }: Sweep): Promise<void> {
  await inBatches(
    (limit) => sql`
      delete from identity.refresh_tokens where token_hash = any(array(
        select token_hash from identity.refresh_tokens join identity.sessions on sessions.id = session_id
        where expires_at < ${daysBefore(at, 1)} limit ${limit}))`,
    beat,
  );
  await inBatches(
    (limit) => sql`
      update identity.refresh_tokens set successor_encrypted = null where token_hash = any(array(
        select token_hash from identity.refresh_tokens
        where successor_encrypted is not null and used_at < ${new Date(at.getTime() - 60_000)} limit ${limit}))`,
    beat,
  );
}
