import { keptSince } from '#domain/leases/agreement/kept';
import { daysBefore, DISPUTE_DAYS, inBatches, type Retention } from '../retention.ts';

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

  /** By what it is known that a command was carried out already: no workflow goes back so far. */
  commandsCarriedOut({ sql, at, beat }) {
    const before = daysBefore(at, DISPUTE_DAYS);
    return inBatches(
      (limit) => sql`
        delete from leases.commands where id = any(array(
          select id from leases.commands where at < ${before} order by at limit ${limit}))`,
      beat,
    );
  },

  /** The papers of whoever was erased, once nothing came of them or their lease ended longer ago than the law asks. */
  async formerAgreements({ sql, at, beat }) {
    let count = 0;
    for (const [market, since] of keptSince(at))
      count += await inBatches(
        (limit) => sql`
          update leases.agreements set html_encrypted = null, pdf_encrypted = null where id = any(array(
            select agreement.id from leases.agreements as agreement
            left join leases.leases as lease on lease.id = agreement.lease_id
            where agreement.in_force_at is not null and agreement.signed_name is null
              and agreement.html_encrypted is not null and agreement.market = ${market} and (agreement.became = 'void' or lease.ended_at < ${since})
            limit ${limit}))`,
        beat,
      );
    return count;
  },
} satisfies Retention;
