import { daysBefore, inBatches, type Retention } from '../retention.ts';

/** Days for which a draft is kept that nobody has signed. */
const DRAFT_DAYS = 90;

export const leaseRetention = {
  /** Drafts of agreements that came to nothing. */
  agreementDrafts({ sql, at, beat }) {
    const before = daysBefore(at, DRAFT_DAYS);
    return inBatches(
      (limit) => sql`
        delete from leases.agreements where id = any(array(
          select id from leases.agreements where in_force_at is null and created_at < ${before}
          order by created_at limit ${limit}))`,
      beat,
    );
  },
} satisfies Retention;
