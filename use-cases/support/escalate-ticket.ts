import { eq } from 'drizzle-orm';
import { staffAtDesks, type TicketRow } from '#db/queries/tickets';
import { tickets } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { nextLevel } from '#domain/support/deadlines';
import { chooseStaff, type EscalationLevel, type EscalationReason } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import { emit, type Context } from '../context.ts';
import { lockOrEnd } from './erase-tickets.ts';
import { changeTicket, deadlineColumns, ticketFactsOf, inHand, lockTicketIn, stopped } from './ticket-record.ts';
import { writeMessage } from './write-message.ts';

/**
 * A person takes a ticket to the next level at once, and may say why to the others.
 *
 * @throws Problem not_found, invalid_state; conflict at the last level
 */
export async function escalateTicket(
  context: Context,
  { encryption }: { readonly encryption: Pick<Encryption, 'encrypt' | 'hash'> },
  { id, note }: { readonly id: string; readonly note: { readonly id: string; readonly body: string } | null },
): Promise<TicketRow> {
  const ticket = await lockTicketIn(context, id, inHand);
  const level = nextLevel(ticket.level);
  if (level === null) throw new Problem('conflict', 'a manager has it already');
  if (note !== null)
    await writeMessage(context, encryption, { ...note, ticketId: id, internal: true, attachments: [] });
  return escalate(context, ticket, level, 'by_hand');
}

/**
 * A ticket that is overdue goes to the next level. Its deadlines are counted anew before: a holiday that was entered
 * meanwhile makes them later. Repeated, or where somebody has done something meanwhile, it changes nothing.
 */
export async function escalateOverdue(context: Context, id: string): Promise<void> {
  const ticket = await lockOrEnd(context, id);
  if (ticket === null || ticket.escalatesAt === null) return;
  const due = await deadlineColumns(context, ticket);
  const level = nextLevel(ticket.level);
  if (level === null || due.escalatesAt === null || due.escalatesAt > context.at) {
    await context.tx.update(tickets).set(due).where(eq(tickets.id, id));
    return;
  }
  await escalate(context, ticket, level, missedOf(ticket, due.resolutionDueAt, context.at));
}

/** What of a ticket was missed by `at`. */
function missedOf({ firstAnsweredAt, unansweredUsedMs }: TicketRow, resolutionDueAt: Date | null, at: Date) {
  if (firstAnsweredAt === null) return 'first_answer_overdue';
  const isResolutionDue = resolutionDueAt !== null && resolutionDueAt <= at;
  return unansweredUsedMs === null || isResolutionDue ? 'resolution_overdue' : 'answer_overdue';
}

async function escalate(
  context: Context,
  ticket: TicketRow,
  level: EscalationLevel,
  reason: EscalationReason,
): Promise<TicketRow> {
  const { market, category, branchId } = ticket;
  const escalatedToId = chooseStaff(await staffAtDesks(context.tx), { market, level, category, branchId });
  const { usedMs: escalatedUsedMs } = await stopped(context, ticket);
  const changes = { level, escalatedAt: context.at, escalatedUsedMs, escalatedToId, escalationReason: reason };
  const after = await changeTicket(context, ticket, 'escalated', changes, { level, reason, escalatedToId });
  await emit(context, {
    type: 'support.ticket.escalated',
    subject: after.customerId,
    leaseId: after.leaseId,
    data: { ...ticketFactsOf(after), level, reason, escalatedToId },
  });
  return after;
}
