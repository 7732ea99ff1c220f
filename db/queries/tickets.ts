import { and, asc, count, desc, eq, gte, inArray, isNotNull, isNull, ne, or, sql } from 'drizzle-orm';
import type { Market } from '#domain/markets';
import {
  MOST_MESSAGES,
  type StaffCandidate,
  type Priority,
  type TicketCategory,
  type TicketStatus,
} from '#domain/support/ticket';
import type { Queryable } from '../client.ts';
import { ticketAttachments, ticketMacros, ticketMessages, tickets, users } from '../schema/index.ts';
import { outer } from './outer.ts';
import { olderThan, type Page } from './page.ts';

export type TicketRow = typeof tickets.$inferSelect;
export type MessageRow = typeof ticketMessages.$inferSelect;
export type MacroRow = typeof ticketMacros.$inferSelect;

interface TicketFilter {
  readonly customerId?: string | undefined;
  readonly status?: TicketStatus | undefined;
  readonly category?: TicketCategory | undefined;
  readonly priority?: Priority | undefined;
  readonly market?: Market | undefined;
  readonly assigneeId?: string | undefined;
  /** Those that nobody has, and what is in hand of somebody who is disabled. */
  readonly unassigned?: boolean | undefined;
  readonly leaseId?: string | undefined;
  readonly paymentId?: string | undefined;
  readonly vehicleId?: string | undefined;
  /** Only these. */
  readonly ids?: readonly string[] | undefined;
  /** Only those that their customers see. */
  readonly isShown?: boolean | undefined;
}

/** In which tickets are listed: the newest first, or what has to be done next. */
export const ticketOrders = ['newest', 'due'] as const;
type TicketOrder = (typeof ticketOrders)[number];

/** After all that is due. */
export const NEVER = new Date('9999-12-31T00:00:00Z');

const columns = [
  'customerId',
  'status',
  'category',
  'priority',
  'market',
  'assigneeId',
  'leaseId',
  'paymentId',
  'vehicleId',
  'isShown',
] as const;

/** Who got it in the moment in which he was disabled gave it to nobody. */
const isOfDisabled = and(
  inArray(tickets.status, ['open', 'waiting']),
  sql`exists (select from ${users} where ${users.id} = ${outer(tickets.assigneeId)} and ${users.disabledAt} is not null)`,
);

/** When somebody has to do something about it next; what waits for nobody of ours comes last. */
const dueAt = sql`coalesce(${tickets.escalatesAt}, ${NEVER.toISOString()}::timestamptz)`;

/** Newest first, or what is due next. @param before the row that it goes on after, by its time in that order */
export function listTickets(
  db: Queryable,
  filter: TicketFilter,
  { limit, before }: Page,
  order: TicketOrder = 'newest',
): Promise<TicketRow[]> {
  const isAfter =
    order === 'newest' || before === undefined
      ? olderThan(before, tickets.createdAt, tickets.id)
      : sql`(${dueAt}, ${tickets.id}) > (${before.createdAt.toISOString()}::timestamptz, ${before.id}::uuid)`;
  const wanted = columns.map((name) => (filter[name] === undefined ? undefined : eq(tickets[name], filter[name])));
  return db
    .select()
    .from(tickets)
    .where(
      and(
        ...wanted,
        filter.ids === undefined ? undefined : inArray(tickets.id, [...filter.ids]),
        filter.unassigned === true ? or(isNull(tickets.assigneeId), isOfDisabled) : undefined,
        isAfter,
      ),
    )
    .orderBy(...(order === 'newest' ? [desc(tickets.createdAt), desc(tickets.id)] : [asc(dueAt), asc(tickets.id)]))
    .limit(limit);
}

export async function findTicket(db: Queryable, id: string): Promise<TicketRow | undefined> {
  const [row] = await db.select().from(tickets).where(eq(tickets.id, id));
  return row;
}

/** So many messages that it takes no more: what goes on is another ticket. */
export async function isFull(db: Queryable, ticketId: string): Promise<boolean> {
  return (await db.$count(ticketMessages, eq(ticketMessages.ticketId, ticketId))) >= MOST_MESSAGES;
}

const hasRoom = sql`(select count(*) from ${ticketMessages} where ${ticketMessages.ticketId} = ${outer(tickets.id)}) < ${MOST_MESSAGES}`;

/** In hand, and not full. */
const takesMessages = and(inArray(tickets.status, ['open', 'waiting']), hasRoom);

/** The one that was resolved last, since then, of those that its customer sees. @param takesMore only of those that are not full */
export async function lastResolved(
  db: Queryable,
  customerId: string,
  since: Date,
  takesMore = false,
): Promise<TicketRow | undefined> {
  const isOver = and(eq(tickets.status, 'resolved'), eq(tickets.isShown, true), gte(tickets.resolvedAt, since));
  const [row] = await db
    .select()
    .from(tickets)
    .where(and(eq(tickets.customerId, customerId), isOver, takesMore ? hasRoom : undefined))
    .orderBy(desc(tickets.resolvedAt))
    .limit(1);
  return row;
}

/** The ticket in hand of that customer, category and lease, where there is one that takes messages. */
export async function openTicketOf(
  db: Queryable,
  of: { readonly customerId: string; readonly leaseId: string; readonly category: TicketCategory },
): Promise<TicketRow | undefined> {
  const [row] = await db
    .select()
    .from(tickets)
    .where(
      and(
        ...(['customerId', 'leaseId', 'category'] as const).map((name) => eq(tickets[name], of[name])),
        takesMessages,
      ),
    )
    .orderBy(asc(tickets.createdAt))
    .limit(1);
  return row;
}

const spokeAt = sql`greatest(${outer(tickets.createdAt)}, (select max(${ticketMessages.toldAt}) from ${ticketMessages} where ${ticketMessages.ticketId} = ${outer(tickets.id)}))`;

const wroteAt = sql`(select max(${ticketMessages.createdAt}) from ${ticketMessages}
  where ${ticketMessages.ticketId} = ${tickets.id} and ${ticketMessages.author} ->> 'role' = 'customer')`;

/**
 * The ticket in which goes on what a customer writes and names none, of those that he sees and that take messages: people
 * answer what came last, so it is the one from which he has heard last. Once he has written there since, it is one that
 * waits for him, before that one; where he has heard from none, the newest.
 */
export async function meantInHand(db: Queryable, customerId: string): Promise<TicketRow | undefined> {
  const rows = await db
    .select({ ticket: tickets, isAnswered: sql<boolean>`coalesce(${wroteAt} >= ${spokeAt}, false)` })
    .from(tickets)
    .where(and(eq(tickets.customerId, customerId), eq(tickets.isShown, true), takesMessages))
    .orderBy(desc(spokeAt), desc(tickets.createdAt));
  const [last] = rows;
  const waiting = last?.isAnswered === true ? rows.find(({ ticket }) => ticket.status === 'waiting') : undefined;
  return (waiting ?? last)?.ticket;
}

/**
 * The ticket by which a customer was asked something last that he has not said, of those that he sees: one that waits for
 * him, or was resolved since `closedSince` as he did not answer, or `resolved`, which asks how content he is.
 */
export async function askedLast(
  db: Queryable,
  customerId: string,
  { closedSince, resolved }: { readonly closedSince: Date; readonly resolved: string | null },
): Promise<TicketRow | undefined> {
  const isClosed = and(eq(tickets.isUnanswered, true), gte(tickets.resolvedAt, closedSince));
  const asks = and(or(eq(tickets.status, 'waiting'), and(eq(tickets.status, 'resolved'), isClosed)), hasRoom);
  const isSought = resolved === null ? asks : or(asks, eq(tickets.id, resolved));
  const [row] = await db
    .select()
    .from(tickets)
    .where(and(eq(tickets.customerId, customerId), eq(tickets.isShown, true), isSought))
    .orderBy(desc(spokeAt), desc(tickets.createdAt))
    .limit(1);
  return row;
}

/** Oldest first. @param internal with what staff wrote to each other */
export function messagesOf(db: Queryable, ticketId: string, internal: boolean): Promise<MessageRow[]> {
  return db
    .select()
    .from(ticketMessages)
    .where(and(eq(ticketMessages.ticketId, ticketId), internal ? undefined : eq(ticketMessages.internal, false)))
    .orderBy(asc(ticketMessages.createdAt), asc(ticketMessages.id));
}

export type AttachmentFacts = Pick<
  typeof ticketAttachments.$inferSelect,
  'id' | 'messageId' | 'mediaType' | 'sha256' | 'size'
>;

export function attachmentsOf(db: Queryable, messageIds: readonly string[]): Promise<AttachmentFacts[]> {
  const { id, messageId, mediaType, sha256, size } = ticketAttachments;
  return db
    .select({ id, messageId, mediaType, sha256, size })
    .from(ticketAttachments)
    .where(inArray(messageId, [...messageIds]))
    .orderBy(asc(id));
}

/**
 * Who sees an attachment besides staff: its uploader until a message takes it, then the customer of the ticket, but not
 * of what is internal (null). Undefined where there is none.
 */
export async function attachmentOwner(db: Queryable, id: string): Promise<string | null | undefined> {
  const [row] = await db
    .select({
      uploadedBy: ticketAttachments.uploadedBy,
      customerId: tickets.customerId,
      internal: ticketMessages.internal,
    })
    .from(ticketAttachments)
    .leftJoin(ticketMessages, eq(ticketMessages.id, ticketAttachments.messageId))
    .leftJoin(tickets, eq(tickets.id, ticketMessages.ticketId))
    .where(eq(ticketAttachments.id, id));
  if (row === undefined) return undefined;
  return row.internal === true ? null : (row.customerId ?? row.uploadedBy);
}

/** Staff who have a desk, with how many open tickets each has. */
export async function staffAtDesks(db: Queryable): Promise<StaffCandidate[]> {
  const isTheirs = or(eq(tickets.assigneeId, users.id), eq(tickets.escalatedToId, users.id));
  const rows = await db
    .select({ id: users.id, desk: users.desk, load: count(tickets.id) })
    .from(users)
    .leftJoin(tickets, and(eq(tickets.status, 'open'), isTheirs))
    .where(and(isNotNull(users.desk), ne(users.role, 'customer'), isNull(users.disabledAt)))
    .groupBy(users.id);
  return rows.flatMap(({ desk, ...one }) => (desk === null ? [] : [{ ...one, desk }]));
}

export async function findMacro(db: Queryable, id: string): Promise<MacroRow | undefined> {
  const [row] = await db.select().from(ticketMacros).where(eq(ticketMacros.id, id));
  return row;
}

/** Newest first. */
export function listMacros(db: Queryable, language: string | undefined, { limit, before }: Page): Promise<MacroRow[]> {
  return db
    .select()
    .from(ticketMacros)
    .where(
      and(
        language === undefined ? undefined : eq(ticketMacros.language, language),
        olderThan(before, ticketMacros.createdAt, ticketMacros.id),
      ),
    )
    .orderBy(desc(ticketMacros.createdAt), desc(ticketMacros.id))
    .limit(limit);
}
