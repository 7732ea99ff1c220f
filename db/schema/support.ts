import { index, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant } from './columns.ts';
import { users } from './identity.ts';

export const support = pgSchema('support');

/** Messages to people. The text is encrypted; `key` makes a repeated activity send nothing twice. */
export const notifications = support.table(
  'notifications',
  {
    id: id(),
    key: text('key').notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    leaseId: uuid('lease_id'),
    channel: text('channel').$type<'sms'>().notNull(),
    template: text('template').notNull(),
    bodyEncrypted: text('body_encrypted').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    sentAt: instant('sent_at'),
    failedAt: instant('failed_at'),
  },
  (t) => [uniqueIndex('notifications_key').on(t.key), index('notifications_user').on(t.userId, t.createdAt)],
);
