import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  date,
  index,
  integer,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Language } from '../../domain/languages.ts';
import type { TryState, UntoldReason, Urgency } from '../../domain/notifications/delivery.ts';
import type { Outbound, Told } from '../../domain/notifications/rules.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import type { Market } from '../../domain/markets.ts';
import type { Channel } from '../../domain/notifications/channels.ts';
import { id, instant } from './columns.ts';
import { users } from './identity.ts';
import { support } from './support.ts';

/**
 * Messages to people, one for a `key`, found by them where they read what they were told. What is neither sent nor failed
 * is under way, in the workflow `notification-<id>`. Texts are encrypted.
 */
export const notifications = support.table(
  'notifications',
  {
    id: id(),
    key: text('key').notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    leaseId: uuid('lease_id'),
    channel: text('channel').$type<Channel>().notNull(),
    /** What it was written in, which is not always what was wanted. */
    language: text('language').$type<Language>().notNull().default('en'),
    template: text('template').$type<Told>().notNull(),
    bodyEncrypted: text('body_encrypted').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** When a channel took it, or it was there to be read. */
    sentAt: instant('sent_at'),
    /** When a network said that it arrived; null where none has. */
    deliveredAt: instant('delivered_at'),
    failedAt: instant('failed_at'),
    /** Why it was not told; null for what was not given to the workflow. */
    reason: text('reason').$type<UntoldReason>(),
    /** What it tells, in facts, until it is delivered: JSON, encrypted. */
    noticeEncrypted: text('notice_encrypted'),
    urgency: text('urgency').$type<Urgency>().notNull().default('now'),
    isLegal: boolean('is_legal').notNull().default(false),
    /** When it was asked for on the clock of its lease: as far ahead of `createdAt` as the lease has travelled. */
    askedAt: instant('asked_at'),
    /** When the customer did what it answers, on that clock; null for what answers nothing. */
    answersAt: instant('answers_at'),
    expiresAt: instant('expires_at'),
    /** When its workflow looks at it next, by the wall: one that is long overdue has no workflow. */
    nextAt: instant('next_at'),
    /** The digest that it is told in. */
    digestId: uuid('digest_id'),
  },
  (t) => [
    uniqueIndex('notifications_key').on(t.key),
    index('notifications_user').on(t.userId, t.createdAt),
    index('notifications_created').using('brin', t.createdAt),
    index('notifications_lease').on(t.leaseId, t.template),
    index('notifications_due')
      .on(t.nextAt)
      .where(sql`${t.sentAt} is null and ${t.failedAt} is null and ${t.noticeEncrypted} is not null`),
    index('notifications_dead')
      .on(t.failedAt, t.id)
      .where(sql`${t.reason} is not null`),
  ],
);

/** What became of handing a notification to a channel: one row for both, so that no channel carries it twice. */
export const notificationTries = support.table(
  'notification_tries',
  {
    notificationId: uuid('notification_id')
      .notNull()
      .references(() => notifications.id, { onDelete: 'cascade' }),
    channel: text('channel').$type<Outbound>().notNull(),
    state: text('state').$type<TryState>().notNull(),
    tries: integer('tries').notNull(),
    /** On the clock of the notification. */
    firstAt: instant('first_at').notNull(),
    lastAt: instant('last_at').notNull(),
    /** Who took it, and by which id it says later what became of it. */
    provider: text('provider'),
    providerMessageId: text('provider_message_id'),
    /** What caps count: whose, what, on which local day. */
    userId: uuid('user_id').notNull(),
    template: text('template').$type<Told>().notNull(),
    day: date('day').$type<LocalDate>().notNull(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    /** SMS that it took, and what they cost in minor units of the market's currency. */
    segments: smallint('segments').notNull().default(0),
    costMinor: integer('cost_minor').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.notificationId, t.channel] }),
    index('notification_tries_caps').on(t.userId, t.day),
    index('notification_tries_sending')
      .on(t.lastAt)
      .where(sql`${t.state} = 'sending'`),
    index('notification_tries_provider').on(t.provider, t.providerMessageId),
  ],
);

/** Browsers that a person has let us push to. */
export const pushSubscriptions = support.table(
  'push_subscriptions',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** Whose end is its end too; null for one from before. */
    sessionId: uuid('session_id'),
    endpointHash: text('endpoint_hash').notNull(),
    endpointEncrypted: text('endpoint_encrypted').notNull(),
    /** JSON of `p256dh` and `auth`. */
    keysEncrypted: text('keys_encrypted').notNull(),
    createdAt: instant('created_at').notNull(),
    /** When its browser last said that it is there; null for one from before. */
    seenAt: instant('seen_at'),
  },
  (t) => [uniqueIndex('push_subscriptions_endpoint').on(t.endpointHash), index('push_subscriptions_user').on(t.userId)],
);

/** E-mail addresses of customers. Nothing but a code is sent to one that he has not confirmed. */
export const mailAddresses = support.table('mail_addresses', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id),
  /** Confirmed; null for none. */
  addressEncrypted: text('address_encrypted'),
  /** When mail to it came back for good. */
  bouncedAt: instant('bounced_at'),
  /** What he says he has, and the keyed hash of the code that was sent there. */
  wantedEncrypted: text('wanted_encrypted'),
  codeHash: text('code_hash'),
  codeExpiresAt: instant('code_expires_at'),
  wrongTries: integer('wrong_tries').notNull().default(0),
  /** Codes that were sent since `countedFrom`, and when the first of them was. */
  codesSent: integer('codes_sent').notNull().default(0),
  countedFrom: instant('counted_from'),
});

/** Since when a channel takes nothing. */
export const channelHealth = support.table('channel_health', {
  channel: text('channel').$type<Outbound>().primaryKey(),
  failingSince: instant('failing_since').notNull(),
});

/** What SMS cost on a local day of a market, in minor units. */
export const smsSpend = support.table(
  'sms_spend',
  {
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    day: date('day').$type<LocalDate>().notNull(),
    amount: bigint('amount', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.market, t.day] })],
);
