import { disablings, endpointStatuses } from '#domain/webhooks/endpoint';
import { deliveryDeaths, deliveryStatuses } from '#domain/webhooks/delivery';
import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { EventType } from '../../domain/events/catalogue.ts';
import type { TEST } from '../../domain/webhooks/message.ts';
import { id, instant } from './columns.ts';

export const webhooks = pgSchema('webhooks');

/** Addresses of other systems that are told of events. */
export const endpoints = webhooks.table('endpoints', {
  id: id(),
  url: text('url').notNull(),
  description: text('description'),
  /** Null: every type that integrators hear. */
  types: text('types').array().$type<EventType[]>(),
  status: text('status').$type<(typeof endpointStatuses)[number]>().notNull().default('active'),
  disabledFor: text('disabled_for').$type<(typeof disablings)[number]>(),
  /** The keys that messages are signed with, and for a day those before. */
  keysEncrypted: text('keys_encrypted').notNull(),
  formerKeysEncrypted: text('former_keys_encrypted'),
  formerKeysUntil: instant('former_keys_until'),
  publicKey: text('public_key').notNull(),
  /** It hears events of a higher position. */
  since: bigint('since', { mode: 'number' }).notNull(),
  /** When it first took a message at this address: before it gets nothing but the test. */
  verifiedAt: instant('verified_at'),
  /** Counts its addresses, and how often it was made active again: what is sent to one says nothing of the next. */
  generation: integer('generation').notNull().default(1),
  /** Since when it has taken nothing. */
  failingSince: instant('failing_since'),
  version: integer('version').notNull().default(1),
  createdBy: uuid('created_by').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/** One event for one endpoint, as it is sent. `number` is the order of those of one subject. */
export const deliveries = webhooks.table(
  'deliveries',
  {
    id: id(),
    number: bigint('number', { mode: 'number' }).generatedAlwaysAsIdentity(),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => endpoints.id, { onDelete: 'cascade' }),
    eventId: uuid('event_id').notNull(),
    type: text('type').$type<EventType | typeof TEST>().notNull(),
    subject: uuid('subject').notNull(),
    sequence: bigint('sequence', { mode: 'number' }),
    /** The message, byte for byte: each try sends the same. */
    body: text('body').notNull(),
    status: text('status').$type<(typeof deliveryStatuses)[number]>().notNull().default('pending'),
    deadFor: text('dead_for').$type<(typeof deliveryDeaths)[number]>(),
    /** All tries, and those that failed since it was begun or redriven. */
    tries: integer('tries').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    createdAt: instant('created_at').notNull(),
    deadline: instant('deadline').notNull(),
    /** When it is tried; it may wait for others then. */
    nextAt: instant('next_at'),
    settledAt: instant('settled_at'),
  },
  (t) => [
    uniqueIndex('deliveries_event').on(t.eventId, t.endpointId),
    index('deliveries_pending')
      .on(t.endpointId, t.subject, t.number)
      .where(sql`${t.status} = 'pending'`),
    index('deliveries_list').on(t.createdAt, t.id),
    index('deliveries_status').on(t.status, t.createdAt),
    check('deliveries_status_known', sql`${t.status} in ('pending', 'delivered', 'dead')`),
  ],
);

/** What came of each request, for a week. */
export const deliveryTries = webhooks.table(
  'tries',
  {
    id: id(),
    deliveryId: uuid('delivery_id')
      .notNull()
      .references(() => deliveries.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    at: instant('at').notNull(),
    milliseconds: integer('milliseconds').notNull(),
    /** Null where there was no answer; then `error` says why. */
    status: integer('status'),
    answer: text('answer'),
    error: text('error'),
  },
  (t) => [index('tries_delivery').on(t.deliveryId, t.number), index('tries_at').on(t.at)],
);
