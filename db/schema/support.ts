import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  check,
  index,
  integer,
  jsonb,
  pgSchema,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { EventType } from '../../domain/events/catalogue.ts';
import type { Actor } from '../../domain/identity/roles.ts';
import type { Market } from '../../domain/markets.ts';
import type {
  EscalationLevel,
  EscalationReason,
  Priority,
  TicketCategory,
  TicketStatus,
} from '../../domain/support/ticket.ts';
import { bytea, id, instant } from './columns.ts';
import { users } from './identity.ts';
import { branches } from './vehicles.ts';

export const support = pgSchema('support');

/** What a customer wants of us, or what somebody has to look after. The workflow `ticket-<id>` keeps its deadlines. */
export const tickets = support.table(
  'tickets',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    /** What the version before wrote; it goes with the next. */
    formerBranch: text('branch'),
    branchId: uuid('branch_id').references(() => branches.id),
    category: text('category').$type<TicketCategory>().notNull(),
    priority: text('priority').$type<Priority>().notNull(),
    status: text('status').$type<TicketStatus>().notNull(),
    /** Empty once its customer was erased. */
    subjectEncrypted: text('subject_encrypted').notNull(),
    assigneeId: uuid('assignee_id').references(() => users.id),
    leaseId: uuid('lease_id'),
    paymentId: uuid('payment_id'),
    vehicleId: uuid('vehicle_id'),
    /** The case that staff have named; what an event opened finds its own (`db/queries/ticket-cases.ts`). */
    caseId: uuid('case_id'),
    /** The event that opened it; null where a person did. */
    cause: jsonb('cause').$type<{ type: EventType; eventId: string }>(),
    /** Its clock (`domain/support/deadlines.ts`): milliseconds of office time before the span that runs, and since when that does. */
    usedMs: bigint('used_ms', { mode: 'number' }).notNull().default(0),
    runningSince: instant('running_since'),
    /** As it was when it was answered; else null while the clock stands. */
    firstAnswerDueAt: instant('first_answer_due_at'),
    firstAnsweredAt: instant('first_answered_at'),
    /** What its clock had counted when the customer wrote what nobody has answered since, milliseconds. */
    unansweredUsedMs: bigint('unanswered_used_ms', { mode: 'number' }),
    /** As it was when it was resolved; else null while the clock stands. */
    resolutionDueAt: instant('resolution_due_at'),
    resolvedAt: instant('resolved_at'),
    escalatesAt: instant('escalates_at'),
    level: text('level').$type<EscalationLevel>(),
    escalatedAt: instant('escalated_at'),
    /** What its clock had counted then, milliseconds; null of before it was kept. */
    escalatedUsedMs: bigint('escalated_used_ms', { mode: 'number' }),
    escalatedToId: uuid('escalated_to_id').references(() => users.id),
    escalationReason: text('escalation_reason').$type<EscalationReason>(),
    /** While it waits for the customer: when he is reminded, null once he was, and when it is resolved without him. */
    waitRemindsAt: instant('wait_reminds_at'),
    waitEndsAt: instant('wait_ends_at'),
    /** It was resolved since its customer did not answer: whatever he answers opens it again. */
    isUnanswered: boolean('is_unanswered').notNull().default(false),
    mergedIntoId: uuid('merged_into_id'),
    rating: smallint('rating'),
    /** What an event opened its customer sees once somebody has written to him. */
    isShown: boolean('is_shown').notNull(),
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    index('tickets_customer').on(t.customerId, t.createdAt),
    index('tickets_created').on(t.createdAt, t.id),
    index('tickets_lease').on(t.leaseId),
    index('tickets_waits')
      .on(t.waitEndsAt)
      .where(sql`${t.status} = 'waiting'`),
    index('tickets_case')
      .on(t.caseId)
      .where(sql`${t.caseId} is not null`),
    index('tickets_assignee')
      .on(t.assigneeId)
      .where(sql`${t.status} in ('open', 'waiting')`),
    check('tickets_rating', sql`${t.rating} between 1 and 5`),
    check('tickets_clock', sql`(${t.runningSince} is not null) = (${t.status} = 'open')`),
    check('tickets_wait', sql`${t.status} = 'waiting' or ${t.waitEndsAt} is null`),
    check('tickets_merged', sql`(${t.mergedIntoId} is not null) = (${t.status} = 'merged')`),
  ],
);

/** What was written in a ticket: by the customer, by staff to him, or between staff (`internal`). */
export const ticketMessages = support.table(
  'ticket_messages',
  {
    id: id(),
    ticketId: uuid('ticket_id')
      .notNull()
      .references(() => tickets.id),
    author: jsonb('author').$type<Actor>().notNull(),
    internal: boolean('internal').notNull().default(false),
    bodyEncrypted: text('body_encrypted').notNull(),
    /** The event that it tells of, which tells it once. */
    eventId: uuid('event_id'),
    createdAt: instant('created_at').notNull(),
    /** When the customer was told of an answer; null for what he need not be told, and not yet. */
    toldAt: instant('told_at'),
    /** The customer has to be told that it is there. */
    tells: boolean('tells').notNull().default(false),
  },
  (t) => [
    uniqueIndex('ticket_messages_event').on(t.eventId),
    index('ticket_messages_ticket').on(t.ticketId, t.createdAt),
    index('ticket_messages_untold')
      .on(t.createdAt)
      .where(sql`${t.tells} and ${t.toldAt} is null`),
  ],
);

/** Files of messages, encrypted; `sha256` and `size` are of the clear file. One is its uploader's until a message takes it. */
export const ticketAttachments = support.table(
  'ticket_attachments',
  {
    id: id(),
    uploadedBy: uuid('uploaded_by')
      .notNull()
      .references(() => users.id),
    messageId: uuid('message_id').references(() => ticketMessages.id),
    mediaType: text('media_type').notNull(),
    sha256: char('sha256', { length: 64 }).notNull(),
    size: integer('size').notNull(),
    contentEncrypted: bytea('content_encrypted').notNull(),
    /** The encryption key of the content. */
    keyId: text('key_id').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    index('ticket_attachments_message').on(t.messageId),
    index('ticket_attachments_unused')
      .on(t.createdAt)
      .where(sql`${t.messageId} is null`),
  ],
);

/** Answers that staff give again and again. */
export const ticketMacros = support.table(
  'ticket_macros',
  {
    id: id(),
    name: text('name').notNull(),
    language: text('language').notNull(),
    body: text('body').notNull(),
    createdBy: uuid('created_by').notNull(),
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('ticket_macros_name').on(t.name, t.language)],
);
