import { eq } from 'drizzle-orm';
import type { TicketRow } from '#db/queries/tickets';
import { ticketMessages, tickets } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { escalationLevels, moreUrgent } from '#domain/support/ticket';
import type { Context } from '../context.ts';
import { changeTicket, inHand, lockTicketIn, stopped } from './ticket-record.ts';

/**
 * Merges a ticket into another one of its customer, where its messages go on. The other takes the higher of the two
 * priorities and the longer of the two times that were worked, so that no deadline moves back by merging.
 *
 * @returns the other one.
 * @throws Problem not_found, invalid_state; unprocessable where the other is not of the same customer, or the same.
 */
export async function mergeTickets(
  context: Context,
  { id, intoId }: { readonly id: string; readonly intoId: string },
): Promise<TicketRow> {
  const refuse = (message: string) =>
    new Problem('unprocessable', 'These tickets cannot be merged', [{ path: 'intoId', message }]);
  if (id === intoId) throw refuse('is the ticket itself');
  const from = await lockTicketIn(context, id, inHand);
  const into = await lockTicketIn(context, intoId, inHand).catch((error: unknown) => {
    throw error instanceof Problem && error.code === 'not_found' ? refuse('is no ticket') : error;
  });
  if (from.customerId !== into.customerId) throw refuse('is not of the same customer');
  const [ended, other] = [await stopped(context, from), await stopped(context, into)];
  await context.tx.update(ticketMessages).set({ ticketId: intoId }).where(eq(ticketMessages.ticketId, id));
  // What was merged into this one before goes on there too.
  const moved = { mergedIntoId: intoId, updatedAt: context.at };
  await context.tx.update(tickets).set(moved).where(eq(tickets.mergedIntoId, id));
  await changeTicket(context, from, 'merged', { status: 'merged', mergedIntoId: intoId, ...ended }, { intoId });
  // Whose answer counts, his deadline does too.
  const { firstAnsweredAt, firstAnswerDueAt } = into.firstAnsweredAt === null ? from : into;
  const isOpen = from.status === 'open' || into.status === 'open';
  const usedMs = Math.max(ended.usedMs, other.usedMs);
  return changeTicket(
    context,
    into,
    'joined',
    {
      status: isOpen ? 'open' : 'waiting',
      runningSince: isOpen ? context.at : null,
      usedMs,
      ...(isOpen ? {} : longerWait(from, into)),
      ...escalationOf({ ...from, ...ended }, { ...into, ...other }, usedMs),
      priority: moreUrgent(from.priority, into.priority),
      firstAnsweredAt,
      unansweredUsedMs: unansweredOf({ ...from, ...ended }, { ...into, ...other }, usedMs),
      firstAnswerDueAt,
      isShown: from.isShown || into.isShown,
      assigneeId: into.assigneeId ?? from.assigneeId,
      leaseId: into.leaseId ?? from.leaseId,
      paymentId: into.paymentId ?? from.paymentId,
      vehicleId: into.vehicleId ?? from.vehicleId,
      caseId: into.caseId ?? from.caseId,
      cause: into.cause ?? from.cause,
    },
    { ticketId: id },
  );
}

/** He was asked last in one of them, and has as long for both. */
function longerWait(from: TicketRow, into: TicketRow) {
  const { waitRemindsAt, waitEndsAt } = (from.waitEndsAt ?? 0) > (into.waitEndsAt ?? 0) ? from : into;
  return { waitRemindsAt, waitEndsAt };
}

/** What was written first of what nobody has answered in either, on the clock that they have now. */
function unansweredOf(from: TicketRow, into: TicketRow, usedMs: number): number | null {
  const since = [from, into].flatMap((one) =>
    one.unansweredUsedMs === null ? [] : [one.unansweredUsedMs + usedMs - one.usedMs],
  );
  return since.length === 0 ? null : Math.min(...since);
}

/** What a manager had he keeps, with the hours that were left of it on the clock that they have now. */
function escalationOf(from: TicketRow, into: TicketRow, usedMs: number) {
  const rank = ({ level }: TicketRow) => (level === null ? -1 : escalationLevels.indexOf(level));
  const higher = rank(from) > rank(into) ? from : into;
  const { level, escalatedAt, escalatedToId, escalationReason } = higher;
  const escalatedUsedMs = higher.escalatedUsedMs === null ? null : higher.escalatedUsedMs + usedMs - higher.usedMs;
  return { level, escalatedAt, escalatedToId, escalationReason, escalatedUsedMs };
}
