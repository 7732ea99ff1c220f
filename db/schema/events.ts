import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgSchema, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { EventType } from '../../domain/events/catalogue.ts';
import type { Actor } from '../../domain/identity/roles.ts';
import type { LeaseStatus } from '../../domain/leases/status.ts';
import { instant } from './columns.ts';

export const events = pgSchema('events');

/** Positions of the outbox, given one after the other: whoever gives them holds a lock until they are committed. */
export const outboxPositions = events.sequence('positions');

/**
 * CloudEvents, written in the transaction that they tell of. `number` is given when an event is written, so that a
 * later one may be seen before an earlier one, but of one subject, whose row whoever writes has locked. `position` and
 * `sequence` are given when it is seen, in the order of the numbers: what is seen later has a higher position. It is what
 * readers go by.
 */
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
    /** `traceparent` of what it came of, where that was traced. */
    trace: text('trace'),
    position: bigint('position', { mode: 'number' }),
    /** Its place among the events of its subject, from 1 on, without gaps. */
    sequence: bigint('sequence', { mode: 'number' }),
  },
  (t) => [
    uniqueIndex('outbox_id').on(t.id),
    uniqueIndex('outbox_position').on(t.position),
    uniqueIndex('outbox_sequence').on(t.subject, t.sequence),
    index('outbox_unseen')
      .on(t.number)
      .where(sql`${t.position} is null`),
    index('outbox_unplaced')
      .on(t.number)
      .where(sql`${t.sequence} is null`),
    index('outbox_created').on(t.createdAt),
    index('outbox_subject').on(t.subject, t.number),
    index('outbox_lease').on(t.leaseId, t.number),
  ],
);

/** How many events a subject has had: the next one's sequence goes on from there, also when those before are deleted. */
export const eventSubjects = events.table('subjects', {
  subject: uuid('subject').primaryKey(),
  sequence: bigint('sequence', { mode: 'number' }).notNull(),
});

/**
 * Up to where each reader has taken the outbox. Where it could not take an event of one subject while others got
 * through, that subject has a row of its own and the reader goes on without it.
 */
export const readers = events.table(
  'readers',
  {
    name: text('name').notNull(),
    /** Null: the reader as a whole. */
    subject: uuid('subject'),
    /** The position of the last event that was taken, or passed. */
    position: bigint('position', { mode: 'number' }).notNull(),
    failingSince: instant('failing_since'),
    /** When a subject that lags is tried again. */
    retryAt: instant('retry_at'),
  },
  (t) => [unique('readers_name_subject').on(t.name, t.subject).nullsNotDistinct()],
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
