import { daysBefore, inBatches, type Retention } from '../retention.ts';

/** Days that requests and what was delivered are kept. */
const LOG_DAYS = 7;

export const webhookRetention = {
  /** What was delivered, with its log, for a week. */
  webhookDeliveries({ sql, at, beat }) {
    const before = daysBefore(at, LOG_DAYS);
    return inBatches(
      (limit) => sql`
        delete from webhooks.deliveries where id = any(array(
          select id from webhooks.deliveries where status = 'delivered' and settled_at < ${before} limit ${limit}))`,
      beat,
    );
  },
  /** What nobody has redriven, as long as events can be read. */
  deadWebhookDeliveries({ sql, at, config, beat }) {
    const before = daysBefore(at, config.EVENTS_RETENTION_DAYS);
    return inBatches(
      (limit) => sql`
        delete from webhooks.deliveries where id = any(array(
          select id from webhooks.deliveries where status = 'dead' and created_at < ${before} limit ${limit}))`,
      beat,
    );
  },
  webhookTries({ sql, at, beat }) {
    const before = daysBefore(at, LOG_DAYS);
    return inBatches(
      (limit) => sql`
        delete from webhooks.tries where id = any(array(
          select id from webhooks.tries where at < ${before} order by at limit ${limit}))`,
      beat,
    );
  },
} satisfies Retention;
