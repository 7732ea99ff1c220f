import type { TicketRow } from '#db/queries/tickets';
import { priorityAfter, type Priority, type TicketCategory } from '#domain/support/ticket';
import type { Context } from '../context.ts';
import { changeTicket, inHand, lockTicketIn } from './ticket-record.ts';
import { matchVersion } from '../match-version.ts';
import { refuseBranch } from '../vehicles/branches.ts';

interface TicketChanges {
  /** Brings its priority, where that is more urgent and no other is said. */
  readonly category?: TicketCategory | undefined;
  /** Moves both deadlines: what was used of the old ones is used of the new ones. */
  readonly priority?: Priority | undefined;
  readonly branchId?: string | null | undefined;
}

/**
 * Staff know better what it is about, or how urgent.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed, invalid_state; unprocessable for a branch of another market
 */
export async function updateTicket(
  context: Context,
  id: string,
  said: TicketChanges,
  versions?: readonly number[],
): Promise<TicketRow> {
  const ticket = await lockTicketIn(context, id, inHand);
  matchVersion(ticket.version, versions);
  const { category, branchId } = said;
  await refuseBranch(context, branchId, ticket.market);
  const priority = priorityAfter(ticket.priority, said);
  const changes = {
    ...(category === undefined ? {} : { category }),
    ...(said.priority === undefined && priority === ticket.priority ? {} : { priority }),
    ...(branchId === undefined ? {} : { branchId }),
  };
  return changeTicket(context, ticket, 'changed', changes, { fields: Object.keys(changes) });
}
