import { eq } from 'drizzle-orm';
import { isFull, type MessageRow, type TicketRow } from '#db/queries/tickets';
import { ticketMessages } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { REOPEN_DAYS } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { isNoStaff, passedOn } from './give-back.ts';
import { unansweredFrom, changeTicket, inHand, lockWhereItGoesOn, waitFrom } from './ticket-record.ts';
import { writeMessage, type MessageOrder } from './write-message.ts';

/**
 * A customer or staff write into a ticket. What staff write is an answer, of which the customer is told, unless it is
 * internal; what the customer writes ends the wait for him. What is written into a ticket that was merged goes on where
 * that one does. The same id again gives the message that is there.
 *
 * @param order `isCourtesy` where nobody has to answer it
 * @throws Problem not_found; invalid_state where the ticket is resolved; conflict where it is full;
 * unprocessable naming attachments.
 */
export async function addMessage(
  context: Context,
  { encryption }: { readonly encryption: Pick<Encryption, 'encrypt' | 'hash'> },
  { isCourtesy = false, ...order }: MessageOrder & { readonly isCourtesy?: boolean },
): Promise<MessageRow> {
  const { tx, at, actor } = context;
  const ticket = await lockWhereItGoesOn(context, order.ticketId);
  const [existing] = await tx.select().from(ticketMessages).where(eq(ticketMessages.id, order.id));
  if (existing !== undefined) return existing;
  const isOpen = inHand.some((status) => status === ticket.status);
  const opens = !isStaff(actor.role) && isAnswerable(ticket, at);
  if (!isOpen && !opens && !(order.internal && ticket.status === 'resolved'))
    throw new Problem('invalid_state', `the ticket is ${ticket.status}: reopen it, or open another one`);
  if (await isFull(tx, ticket.id)) throw new Problem('conflict', 'the ticket is full; open another one');
  const isAnswer = isStaff(actor.role) && !order.internal;
  const message = await writeMessage(context, encryption, { ...order, ticketId: ticket.id, tells: isAnswer });
  const detail = { messageId: message.id };
  if (order.internal) await changeTicket(context, ticket, 'noted', {}, detail);
  else if (isAnswer) {
    // Who is written to again has as long again.
    const waits = ticket.status === 'waiting' ? waitFrom(ticket, at) : {};
    await changeTicket(context, ticket, 'answered', { ...answered(ticket, at), ...waits }, detail);
  } else {
    const asks = isCourtesy ? {} : await unansweredFrom(context, ticket);
    const changes = opens ? await openAgain(context, ticket) : goesOn(ticket, at);
    await changeTicket(context, ticket, opens ? 'reopened' : 'written', { ...changes, ...asks }, detail);
  }
  return message;
}

/** Whether a ticket was resolved since its customer did not answer, so that he still may. */
const isAnswerable = ({ status, isUnanswered, resolvedAt }: TicketRow, at: Date) =>
  status === 'resolved' && isUnanswered && resolvedAt !== null && isRecent(resolvedAt, at);

/** Whether a customer may still reopen what was resolved then. */
export const isRecent = (resolvedAt: Date, at: Date) => at.getTime() - resolvedAt.getTime() <= REOPEN_DAYS * 86_400_000;

/**
 * What was resolved was not: the clock goes on where it stood, and what is missed from now on is told again. Whoever had it
 * has it again, or the next where he is gone.
 */
export async function openAgain(context: Context, ticket: TicketRow) {
  const { assigneeId, market } = ticket;
  const isGone = assigneeId !== null && (await isNoStaff(context, assigneeId, market));
  return {
    ...(isGone && (await passedOn(context, ticket, (userId) => userId === ticket.assigneeId))),
    status: 'open',
    runningSince: context.at,
    resolvedAt: null,
    rating: null,
    isUnanswered: false,
    level: null,
    escalatedAt: null,
    escalatedUsedMs: null,
    escalatedToId: null,
    escalationReason: null,
  } as const;
}

/** What waits for the customer is ours again. */
export const goesOn = ({ status }: Pick<TicketRow, 'status'>, at: Date) =>
  status === 'waiting' ? ({ status: 'open', runningSince: at } as const) : {};

/** What an answer changes: the first one stays the first. */
export const answered = ({ firstAnsweredAt }: { readonly firstAnsweredAt: Date | null }, at: Date) => ({
  firstAnsweredAt: firstAnsweredAt ?? at,
  unansweredUsedMs: null,
  isShown: true,
});
