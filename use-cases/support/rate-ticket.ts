import type { TicketRow } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';
import { changeTicket, lockWhereItGoesOn, refuseOtherThan } from './ticket-record.ts';

/**
 * The customer says how content he is, once for each time that it was resolved.
 *
 * @param input.rating one digit, 1 to 5: the more the better
 * @throws Problem not_found; invalid_state before it is resolved; conflict where he has said otherwise.
 */
export async function rateTicket(
  context: Context,
  { id, rating }: { readonly id: string; readonly rating: number },
): Promise<TicketRow> {
  const ticket = refuseOtherThan(['resolved'], await lockWhereItGoesOn(context, id));
  if (ticket.rating === rating) return ticket;
  if (ticket.rating !== null) throw new Problem('conflict', 'it has been rated');
  return changeTicket(context, ticket, 'rated', { rating }, { rating });
}
