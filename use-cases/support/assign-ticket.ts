import type { TicketRow } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';
import { isNoStaff } from './give-back.ts';
import { changeTicket, inHand, lockTicketIn } from './ticket-record.ts';

/**
 * An agent takes a ticket that nobody has, or somebody who does not work here any more. Of two at once one gets it; who has it already keeps it.
 *
 * @throws Problem not_found, invalid_state, or conflict where another has it.
 */
export async function claimTicket(context: Context, id: string): Promise<TicketRow> {
  const { actor } = context;
  const ticket = await lockTicketIn(context, id, inHand);
  if (ticket.assigneeId === actor.id) return ticket;
  if (ticket.assigneeId !== null && !(await isNoStaff(context, ticket.assigneeId)))
    throw new Problem('conflict', 'another agent has this ticket');
  return changeTicket(context, ticket, 'claimed', { assigneeId: actor.id }, { assigneeId: actor.id });
}

/**
 * Gives a ticket to a member of staff, whoever has it.
 *
 * @throws Problem not_found, invalid_state, or unprocessable naming who is no member of staff, or is disabled.
 */
export async function assignTicket(
  context: Context,
  { id, assigneeId }: { readonly id: string; readonly assigneeId: string },
): Promise<TicketRow> {
  const ticket = await lockTicketIn(context, id, inHand);
  if (await isNoStaff(context, assigneeId))
    throw new Problem('unprocessable', 'The ticket cannot be given to them', [
      { path: 'assigneeId', message: 'is no member of staff who works here' },
    ]);
  if (ticket.assigneeId === assigneeId) return ticket;
  return changeTicket(context, ticket, 'assigned', { assigneeId }, { assigneeId, from: ticket.assigneeId });
}
