import { findUser } from '#db/queries/identity';
import type { TicketRow } from '#db/queries/tickets';
import { localDateAt } from '#domain/calendar';
import type { Message } from '#domain/notifications/messages';
import { system } from '#domain/identity/roles';
import { wakeNotification } from '#steering/wake-notification';
import { transact, type Context } from '../context.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import { lockOrEnd } from './erase-tickets.ts';
import type { TellingDependencies } from './tell-customer.ts';
import { changeTicket } from './ticket-record.ts';

/**
 * A ticket has waited for its customer for a while: he is reminded, and later it is resolved, which he is told with how to
 * open it again. Repeated, or where he has answered meanwhile, it changes nothing.
 */
export async function lookAtWait(
  deps: TellingDependencies,
  { ticketId, at }: { readonly ticketId: string; readonly at: string },
): Promise<void> {
  const queued = await transact(deps.db, system('support'), new Date(at), (context) =>
    endWait(context, deps, ticketId),
  );
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
}

async function endWait(context: Context, { encryption }: Pick<TellingDependencies, 'encryption'>, id: string) {
  const { tx, at } = context;
  const ticket = await lockOrEnd(context, id);
  if (ticket === null) return null;
  const customer = await findUser(tx, ticket.customerId);
  const { waitRemindsAt, waitEndsAt } = ticket;
  if (ticket.status !== 'waiting' || waitEndsAt === null || customer === undefined) return null;
  const isOver = waitEndsAt <= at;
  if (!isOver && (waitRemindsAt === null || waitRemindsAt > at)) return null;
  if (isOver)
    await changeTicket(context, ticket, 'unanswered', { status: 'resolved', resolvedAt: at, isUnanswered: true });
  else await changeTicket(context, ticket, 'reminded', { waitRemindsAt: null });
  return queueNotification(tx, encryption, {
    key: `ticket-${id}:${isOver ? 'unanswered' : 'reminded'}:${waitEndsAt.getTime()}`,
    to: customer,
    leaseId: ticket.leaseId,
    notice: isOver ? { template: 'unanswered', category: ticket.category } : reminder(ticket, waitEndsAt),
    urgency: 'day',
    isLegal: false,
    askedAt: at,
    answersAt: null,
  });
}

const reminder = ({ category, market }: TicketRow, endsAt: Date): Message => ({
  template: 'answer_awaited',
  category,
  until: localDateAt(endsAt.getTime(), market),
});
