import { z } from '@hono/zod-openapi';
import type { AttachmentFacts, MacroRow, MessageRow, TicketRow } from '#db/queries/tickets';
import { isStaff, type Role } from '#domain/identity/roles';
import {
  escalationLevels,
  escalationReasons,
  priorities,
  ticketCategories,
  ticketStatuses,
} from '#domain/support/ticket';
import { clearOf, type Encryption } from '#platform/encryption';
import { instant, instantOrNull, market, printable, text, uuid } from '../schemas.ts';

/** What the contract calls a ticket, and what is in it. */
export const attachment = z
  .object({
    id: uuid,
    mediaType: z.string(),
    sha256: z.string().length(64),
    size: z.int().openapi({ description: 'Bytes' }),
  })
  .openapi('TicketAttachment');

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
  mergedIntoId: uuid.nullable(),
  rating: z.int().min(1).max(5).nullable(),
  createdAt: instant,
  updatedAt: instant,
  staff: z
    .object({
      branch: z.string().nullable(),
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

export const macro = z
  .object({ id: uuid, name: z.string(), language: z.string(), body: z.string(), createdAt: instant })
  .openapi('TicketMacro');

/** Text of several lines. */
export const prose = z
  .string()
  .refine((value) => printable.test(value.replaceAll('\n', '')), 'must have no control characters but line breaks')
  .trim()
  .min(1, 'must not be empty')
  .max(4_000);

export const attachmentIds = z
  .array(uuid)
  .max(10)
  .refine((ids) => new Set(ids).size === ids.length, 'must name each upload once');

export const subject = text();

interface Viewer {
  readonly role: Role;
  readonly encryption: Pick<Encryption, 'decrypt'>;
}

/** @param caseId the case that it goes with */
export function presentTicket(
  row: TicketRow,
  caseId: string | null,
  { role, encryption }: Viewer,
): z.infer<typeof ticket> {
  const { branch, cause, escalatesAt, level, escalatedAt, escalationReason, escalatedToId } = row;
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
    mergedIntoId: row.mergedIntoId,
    rating: row.rating,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(isStaff(role) ? { staff: { branch, caseId, cause, escalatesAt, escalation } } : {}),
  };
}

export function presentMessage(
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

export const presentAttachment = ({ id, mediaType, sha256, size }: AttachmentFacts) => ({
  id,
  mediaType,
  sha256,
  size,
});

export const presentMacro = ({ id, name, language, body, createdAt }: MacroRow): z.infer<typeof macro> => ({
  id,
  name,
  language,
  body,
  createdAt,
});
