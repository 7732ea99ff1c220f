import type { TicketRow } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { REOPEN_DAYS } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { answered } from './add-message.ts';
import { changeTicket, inHand, lockTicketIn, stopped } from './ticket-record.ts';
import { writeMessage } from './write-message.ts';

const DAY = 86_400_000;

interface Move {
  readonly id: string;
  /** What is written to the other side with it. */
  readonly message: { readonly id: string; readonly body: string } | null;
}

interface Dependencies {
  readonly encryption: Pick<Encryption, 'encrypt'>;
}

/** Staff have done what they could: every clock stops. @throws Problem not_found, invalid_state */
export async function resolveTicket(context: Context, deps: Dependencies, move: Move): Promise<TicketRow> {
  const ticket = await lockTicketIn(context, move.id, inHand);
  const changes = { status: 'resolved', resolvedAt: context.at, ...(await stopped(context, ticket)) } as const;
  return changeTicket(context, ticket, 'resolved', { ...changes, ...(await says(context, deps, ticket, move)) });
}

/** The customer is asked something: the clock stands until he writes. @throws Problem not_found, invalid_state */
export async function waitForCustomer(context: Context, deps: Dependencies, move: Move): Promise<TicketRow> {
  const ticket = await lockTicketIn(context, move.id, ['open']);
  const changes = { status: 'waiting', ...(await stopped(context, ticket)) } as const;
  return changeTicket(context, ticket, 'waits', { ...changes, ...(await says(context, deps, ticket, move)) });
}

/**
 * What was resolved was not: the clock goes on where it stood. Of what waits for the customer staff go on without him.
 *
 * @throws Problem not_found; invalid_state, for a customer also where it was resolved too long ago.
 */
export async function reopenTicket(context: Context, deps: Dependencies, move: Move): Promise<TicketRow> {
  const { at, actor } = context;
  const ticket = await lockTicketIn(context, move.id, isStaff(actor.role) ? ['resolved', 'waiting'] : ['resolved']);
  const { resolvedAt } = ticket;
  if (!isStaff(actor.role) && resolvedAt !== null && at.getTime() - resolvedAt.getTime() > REOPEN_DAYS * DAY)
    throw new Problem('invalid_state', `it was resolved more than ${REOPEN_DAYS} days ago; open another ticket`);
  const changes = { status: 'open', runningSince: at, resolvedAt: null, rating: null } as const;
  return changeTicket(context, ticket, 'reopened', { ...changes, ...(await says(context, deps, ticket, move)) });
}

/** @returns what of the ticket that changes. */
async function says(context: Context, { encryption }: Dependencies, ticket: TicketRow, { message }: Move) {
  if (message === null) return {};
  const isAnswer = isStaff(context.actor.role);
  const order = { ...message, ticketId: ticket.id, internal: false, attachments: [], tells: isAnswer };
  await writeMessage(context, encryption, order);
  return isAnswer ? answered(ticket, context.at) : {};
}
