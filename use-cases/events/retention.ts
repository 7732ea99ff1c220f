import { daysBefore, inBatches, type Retention } from '../retention.ts';

export const eventRetention = {
  /**
   * Events that were written longer ago than the retention. What a reader has not taken yet stays, however old it is;
   * the audit, which a lease's timeline is made of, is never shortened.
   */
  events({ sql, at, config, beat }) {
    const before = daysBefore(at, config.EVENTS_RETENTION_DAYS);
    return inBatches(
      (limit) => sql`
        delete from events.outbox where number = any(array(
          select number from events.outbox
          where created_at < ${before} and position <= (select min(position) from events.readers)
          order by created_at limit ${limit}))`,
      beat,
    );
  },
} satisfies Retention;
