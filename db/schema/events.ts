import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { EventType } from '../../domain/events/catalogue.ts';
import type { Actor } from '../../domain/identity/roles.ts';
import type { LeaseStatus } from '../../domain/leases/status.ts';
import { instant } from './columns.ts';

export const events = pgSchema('events');

/** CloudEvents, written in the transaction that they tell of, relayed in the order of `number` per subject. */
export const outbox = events.table(
  'outbox',
  {
    number: bigint('number', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull(),
    type: text('type').$type<EventType>().notNull(),
    subject: uuid('subject').notNull(),
    leaseId: uuid('lease_id'),
    /** When it happened, on the lease's clock where there is a lease. */
    time: instant('time').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    publishedAt: instant('published_at'),
  },
  (t) => [
    uniqueIndex('outbox_id').on(t.id),
    index('outbox_unpublished')
      .on(t.number)
      .where(sql`${t.publishedAt} is null`),
    index('outbox_published').on(t.publishedAt),
    index('outbox_subject').on(t.subject, t.number),
    index('outbox_lease').on(t.leaseId, t.number),
  ],
);

/** Who did what to what, written in the transaction that did it. A lease's timeline is its entries here. */
export const audit = events.table(
  'audit',
  {
    number: bigint('number', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().unique(),
    /** One entry per cause, so that a repeated activity writes none twice. */
    key: text('key').notNull(),
    at: instant('at').notNull(),
    type: text('type').notNull(),
    subject: text('subject').notNull(),
    leaseId: uuid('lease_id'),
    leaseStatus: text('lease_status').$type<LeaseStatus>(),
    actor: jsonb('actor').$type<Actor>().notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('audit_key').on(t.key),
    index('audit_lease').on(t.leaseId, t.at, t.number),
    index('audit_subject').on(t.subject, t.number),
  ],
);
