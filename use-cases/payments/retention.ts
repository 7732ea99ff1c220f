import { daysBefore, DISPUTE_DAYS, inBatches, type Retention } from '../retention.ts';

export const paymentRetention = {
  /** What providers called back with, once it is in the books what became of the payment: the payment itself stays. */
  callbacks({ sql, at, beat }) {
    const before = daysBefore(at, DISPUTE_DAYS);
    return inBatches(
      (limit) => sql`
        delete from payments.callbacks where id = any(array(
          select c.id from payments.callbacks c join payments.attempts a on a.id = c.attempt_id
          where c.received_at < ${before} and a.status not in ('pending', 'unknown')
            and (a.status = 'failed' or a.transfer_id is not null)
          order by c.received_at limit ${limit}))`,
      beat,
    );
  },
} satisfies Retention;
