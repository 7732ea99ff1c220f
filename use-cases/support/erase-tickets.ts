import { and, eq, inArray, or } from 'drizzle-orm';
import { findTicket, type TicketRow } from '#db/queries/tickets';
import { ticketAttachments, ticketMessages, tickets } from '#db/schema/index';
import type { Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { inHand, lockTicket } from './ticket-record.ts';

/** What was written in a customer's tickets goes; those that were in hand end. Erasing him is on record. */
export async function eraseTickets({ tx, at }: Context, customerId: string): Promise<void> {
  const isTheirs = eq(tickets.customerId, customerId);
  const theirs = tx.select({ id: tickets.id }).from(tickets).where(isTheirs);
  const written = tx
    .select({ id: ticketMessages.id })
    .from(ticketMessages)
    .where(inArray(ticketMessages.ticketId, theirs));
  await tx
    .delete(ticketAttachments)
    .where(or(eq(ticketAttachments.uploadedBy, customerId), inArray(ticketAttachments.messageId, written)));
  await tx.delete(ticketMessages).where(inArray(ticketMessages.ticketId, theirs));
  await tx.update(tickets).set({ subjectEncrypted: '' }).where(isTheirs);
  await tx
    .update(tickets)
    .set({
      status: 'resolved',
      resolvedAt: at,
      runningSince: null,
      escalatesAt: null,
      waitRemindsAt: null,
      waitEndsAt: null,
    })
    .where(and(isTheirs, inArray(tickets.status, [...inHand])));
}

/** Locks a ticket as a clock does, which nobody answers: one whose customer was erased ends, as his others have. @returns null then */
export async function lockOrEnd(context: Context, id: string): Promise<TicketRow | null> {
  const customerId = (await findTicket(context.tx, id))?.customerId;
  if (customerId !== undefined && (await lockUser(context, customerId)).erasedAt !== null) {
    await eraseTickets(context, customerId);
    return null;
  }
  return lockTicket(context, id);
}
