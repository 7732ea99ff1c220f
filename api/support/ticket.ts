import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { casesOfTickets } from '#db/queries/ticket-cases';
import {
  attachmentsOf,
  findTicket,
  messagesOf,
  type AttachmentFacts,
  type MessageRow,
  type TicketRow,
} from '#db/queries/tickets';
import { isStaff, type Role } from '#domain/identity/roles';
import {
  escalationLevels,
  escalationReasons,
  priorities,
  ticketCategories,
  ticketStatuses,
} from '#domain/support/ticket';
import { clearOf, type Encryption } from '#platform/encryption';
import { keyOfItsOwn } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import type { ApiEnvironment, Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { instant, instantOrNull, market, printable, uuid } from '../schemas.ts';
import { attachment, presentAttachment } from './attachments.ts';

/** What docs/openapi.json calls a ticket, and what is in it. */
export const message = z
  .object({
    id: uuid,
    author: z.enum(['customer', 'staff', 'system']),
    authorId: z.string().optional().openapi({ description: 'For staff only' }),
    body: z.string(),
    internal: z.boolean().openapi({ description: 'Between staff: customers never see it' }),
    attachments: z.array(attachment),
    createdAt: instant,
  })
  .openapi('TicketMessage');

const due = 'In office hours of the market; null while the clock stands';

const fields = z.object({
  id: uuid,
  customerId: uuid,
  market,
  status: z.enum(ticketStatuses),
  category: z.enum(ticketCategories),
  priority: z.enum(priorities),
  subject: z.string().nullable().openapi({ description: 'Null once its customer was erased' }),
  leaseId: uuid.nullable(),
  paymentId: uuid.nullable(),
  vehicleId: uuid.nullable(),
  assigneeId: uuid.nullable(),
  firstAnswerDueAt: instantOrNull.openapi({ description: `${due}; once it was answered as it was then` }),
  firstAnsweredAt: instantOrNull,
  resolutionDueAt: instantOrNull.openapi({ description: `${due}; once it was resolved as it was then` }),
  resolvedAt: instantOrNull,
  waitEndsAt: instantOrNull.openapi({
    description: 'While it waits for the customer: when it is resolved without him; any answer of his opens it again',
  }),
  mergedIntoId: uuid.nullable(),
  rating: z.int().min(1).max(5).nullable(),
  createdAt: instant,
  updatedAt: instant,
  staff: z
    .object({
      branchId: uuid.nullable(),
      caseId: uuid.nullable().openapi({ description: 'The case that it goes with, which names it in `ticketIds`' }),
      cause: z.object({ type: z.string(), eventId: uuid }).nullable(),
      escalatesAt: instantOrNull,
      escalation: z
        .object({
          level: z.enum(escalationLevels),
          at: instant,
          reason: z.enum(escalationReasons),
          toId: uuid.nullable(),
        })
        .nullable(),
    })
    .optional()
    .openapi({ description: 'For staff only' }),
});
export const ticket = z.object(fields.shape).openapi('Ticket');

export const ticketWithMessages = z
  .object({ ...fields.shape, messages: z.array(message).openapi({ description: 'Oldest first' }) })
  .openapi('TicketWithMessages');

/** Text of several lines. */
export const prose = z
  .string()
  .refine((value) => printable.test(value.replaceAll('\n', '')), 'must have no control characters but line breaks')
  .trim()
  .min(1, 'must not be empty')
  .max(4_000);

interface Viewer {
  readonly role: Role;
  readonly encryption: Pick<Encryption, 'decrypt'>;
}

/** @param caseId the case that it goes with */
function presentTicket(row: TicketRow, caseId: string | null, { role, encryption }: Viewer): z.infer<typeof ticket> {
  const { branchId, cause, escalatesAt, level, escalatedAt, escalationReason, escalatedToId } = row;
  const escalation =
    level === null || escalatedAt === null || escalationReason === null
      ? null
      : { level, at: escalatedAt, reason: escalationReason, toId: escalatedToId };
  return {
    id: row.id,
    customerId: row.customerId,
    market: row.market,
    status: row.status,
    category: row.category,
    priority: row.priority,
    subject: clearOf(encryption, row.subjectEncrypted),
    leaseId: row.leaseId,
    paymentId: row.paymentId,
    vehicleId: row.vehicleId,
    assigneeId: row.assigneeId,
    firstAnswerDueAt: row.firstAnswerDueAt,
    firstAnsweredAt: row.firstAnsweredAt,
    resolutionDueAt: row.resolutionDueAt,
    resolvedAt: row.resolvedAt,
    waitEndsAt: row.waitEndsAt,
    mergedIntoId: row.mergedIntoId,
    rating: row.rating,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(isStaff(role) ? { staff: { branchId, caseId, cause, escalatesAt, escalation } } : {}),
  };
}

function presentMessage(
  row: MessageRow,
  attachments: readonly AttachmentFacts[],
  { role, encryption }: Viewer,
): z.infer<typeof message> {
  const { author } = row;
  return {
    id: row.id,
    author: isStaff(author.role) ? 'staff' : author.role === 'customer' ? 'customer' : 'system',
    ...(isStaff(role) ? { authorId: author.id } : {}),
    body: clearOf(encryption, row.bodyEncrypted) ?? '',
    internal: row.internal,
    attachments: attachments.filter(({ messageId }) => messageId === row.id).map(presentAttachment),
    createdAt: row.createdAt,
  };
}

/** 404 for another customer's ticket, and for one of his that he does not see. */
export const ownTicket = ({ db }: Pick<ApiDependencies, 'db'>) =>
  owned(async (id) => {
    const row = await findTicket(db, id);
    return row === undefined ? undefined : row.isShown ? row.customerId : null;
  });

/** The id of what a request makes: the same for the same key. */
export const idFor = (c: Context<ApiEnvironment>, what: string): string =>
  uuidFor(what, callerOf(c).id, c.get('idempotencyKey') ?? keyOfItsOwn());

/** Messages as the caller sees them. */
export async function shownMessages(
  { db, encryption }: Pick<ApiDependencies, 'db' | 'encryption'>,
  rows: readonly MessageRow[],
  { role }: Caller,
): Promise<z.infer<typeof message>[]> {
  const attachments = await attachmentsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => presentMessage(row, attachments, { role, encryption }));
}

/** A ticket with all that the caller may read in it. */
export async function shownTicket(
  deps: Pick<ApiDependencies, 'db' | 'encryption'>,
  row: TicketRow,
  caller: Caller,
): Promise<z.infer<typeof ticketWithMessages>> {
  const { db } = deps;
  const messages = await shownMessages(deps, await messagesOf(db, row.id, isStaff(caller.role)), caller);
  const [shown] = await shownTickets(deps, [row], caller);
  return { ...found(shown), messages };
}

/** Tickets as the caller sees them in a list. */
export async function shownTickets(
  { db, encryption }: Pick<ApiDependencies, 'db' | 'encryption'>,
  rows: readonly TicketRow[],
  { role }: Caller,
): Promise<z.infer<typeof ticket>[]> {
  const ids = isStaff(role) ? rows.map(({ id }) => id) : [];
  const cases = await casesOfTickets(db, ids);
  return rows.map((row) => presentTicket(row, cases.get(row.id) ?? null, { role, encryption }));
}
