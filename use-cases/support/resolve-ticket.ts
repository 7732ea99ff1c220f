import { uuidv7 } from 'uuidv7';
import { messagesOf, type TicketRow } from '#db/queries/tickets';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { standingWords } from '#domain/support/standing-words';
import { REOPEN_DAYS } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { readPerson } from '../hold-person.ts';
import { answered, goesOn, isRecent, openAgain } from './add-message.ts';
import {
  unansweredFrom,
  changeTicket,
  inHand,
  lockTicketIn,
  lockWhereItGoesOn,
  refuseOtherThan,
  stopped,
} from './ticket-record.ts';
import { writeMessage } from './write-message.ts';

interface Move {
  readonly id: string;
  /** What is written to the other side with it. */
  readonly message: { readonly id: string; readonly body: string } | null;
}

interface Dependencies {
  readonly encryption: Pick<Encryption, 'encrypt' | 'hash'>;
}

/**
 * Staff have done what they could: every clock stops. Who has asked for something is answered, by the house's own words where
 * nobody has answered what he wrote last.
 *
 * @throws Problem not_found, invalid_state.
 */
export async function resolveTicket(context: Context, deps: Dependencies, move: Move): Promise<TicketRow> {
  const ticket = await lockTicketIn(context, move.id, inHand);
  const isOwed = ticket.firstAnsweredAt === null || ticket.unansweredUsedMs !== null;
  const said = ticket.isShown && isOwed ? await worded(context, ticket, move, 'resolved') : move;
  const { at: resolvedAt } = context;
  const changes = {
    status: 'resolved',
    resolvedAt,
    unansweredUsedMs: null,
    ...(await stopped(context, ticket)),
  } as const;
  return changeTicket(context, ticket, 'resolved', { ...changes, ...(await says(context, deps, ticket, said)) });
}

/**
 * The customer is asked something: the clock stands until he writes, or something happens that it is about. Where nothing was
 * written to him since he wrote he reads the house's own words.
 *
 * @throws Problem not_found, invalid_state; unprocessable without a message where he does not see the ticket.
 */
export async function waitForCustomer(context: Context, deps: Dependencies, move: Move): Promise<TicketRow> {
  const ticket = await lockTicketIn(context, move.id, ['open']);
  const isTold = await isAsked(context, ticket);
  if (move.message === null && !isTold && !ticket.isShown) throw unsaid('the customer was asked nothing');
  const said = isTold ? move : await worded(context, ticket, move, 'waits');
  const changes = { status: 'waiting', ...(await stopped(context, ticket)) } as const;
  return changeTicket(context, ticket, 'waits', { ...changes, ...(await says(context, deps, ticket, said)) });
}

/**
 * What was resolved was not: the clock goes on where it stood. Of what waits for the customer staff go on without him.
 * Of one that was merged it is the one in which it goes on.
 *
 * @throws Problem not_found; invalid_state, for a customer also where it was resolved too long ago.
 */
export async function reopenTicket(context: Context, deps: Dependencies, move: Move): Promise<TicketRow> {
  const { at, actor } = context;
  const found = await lockWhereItGoesOn(context, move.id);
  const ticket = refuseOtherThan(isStaff(actor.role) ? ['resolved', 'waiting'] : ['resolved'], found);
  const { resolvedAt } = ticket;
  if (!isStaff(actor.role) && resolvedAt !== null && !isRecent(resolvedAt, at))
    throw new Problem('invalid_state', `it was resolved more than ${REOPEN_DAYS} days ago; open another ticket`);
  const changes = ticket.status === 'resolved' ? await openAgain(context, ticket) : goesOn(ticket, at);
  return changeTicket(context, ticket, 'reopened', { ...changes, ...(await says(context, deps, ticket, move)) });
}

const unsaid = (why: string) =>
  new Problem('unprocessable', 'Say it to the customer', [{ path: 'message', message: `is needed: ${why}` }]);

/** What staff have left unsaid the house says, in the customer's language. */
async function worded({ tx }: Context, ticket: TicketRow, move: Move, what: 'waits' | 'resolved'): Promise<Move> {
  if (move.message !== null) return move;
  const { language } = await readPerson(tx, ticket.customerId);
  return { ...move, message: { id: uuidv7(), body: standingWords(what, language) } };
}

/** Whether what was written last between the customer and us is ours. */
async function isAsked({ tx }: Context, { id }: TicketRow): Promise<boolean> {
  const last = (await messagesOf(tx, id, false)).at(-1);
  return last !== undefined && isStaff(last.author.role);
}

/** @returns what of the ticket that changes. */
async function says(context: Context, { encryption }: Dependencies, ticket: TicketRow, { message }: Move) {
  const isAnswer = isStaff(context.actor.role);
  const waits = isAnswer ? {} : await unansweredFrom(context, ticket);
  if (message === null) return waits;
  const order = { ...message, ticketId: ticket.id, internal: false, attachments: [], tells: isAnswer };
  await writeMessage(context, encryption, order);
  return isAnswer ? answered(ticket, context.at) : waits;
}
