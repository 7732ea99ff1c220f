import { and, asc, eq, inArray, or } from 'drizzle-orm';
import { findUser, type UserRow } from '#db/queries/identity';
import { staffAtDesks, type TicketRow } from '#db/queries/tickets';
import { tickets } from '#db/schema/index';
import { isStaff } from '#domain/identity/roles';
import { chooseStaff } from '#domain/support/ticket';
import type { Context } from '../context.ts';
import { changeTicket, inHand, lockTicket } from './ticket-record.ts';

/** What somebody has in hand. */
export const isHis = (userId: string) =>
  and(or(eq(tickets.assigneeId, userId), eq(tickets.escalatedToId, userId)), inArray(tickets.status, [...inHand]));

/**
 * Somebody of staff is disabled, or has no desk any more in a market: what he has in hand there goes to the next who would
 * get it, or waits to be claimed; what was escalated to him goes to another one of the level.
 *
 * @param customers who are locked; what another one opens meanwhile stands with what nobody has
 */
export async function giveBackTickets(
  context: Context,
  { before, after, customers }: { readonly before: UserRow; readonly after: UserRow; readonly customers: string[] },
): Promise<void> {
  const { tx } = context;
  const isGone = after.disabledAt !== null;
  const left = (before.desk?.markets ?? []).filter((market) => after.desk?.markets.includes(market) !== true);
  if (isGone ? before.disabledAt !== null : left.length === 0) return;
  const rows = await tx
    .select({ id: tickets.id })
    .from(tickets)
    .where(
      and(isHis(after.id), inArray(tickets.customerId, customers), isGone ? undefined : inArray(tickets.market, left)),
    )
    .orderBy(asc(tickets.customerId), asc(tickets.id));
  for (const { id } of rows) {
    const ticket = await lockTicket(context, id);
    const changes = await passedOn(context, ticket, (userId) => userId === after.id);
    const { assigneeId = ticket.assigneeId } = changes;
    await changeTicket(context, ticket, 'assigned', changes, { assigneeId, from: after.id });
  }
}

/** To whom goes what somebody has who is gone; nothing where nobody is. */
export async function passedOn(
  { tx }: Pick<Context, 'tx'>,
  { market, category, branchId, level, assigneeId, escalatedToId }: TicketRow,
  isGone: (userId: string) => boolean,
): Promise<Partial<Pick<TicketRow, 'assigneeId' | 'escalatedToId'>>> {
  const staff = await staffAtDesks(tx);
  const next = (wanted: 'agent' | NonNullable<TicketRow['level']>) =>
    chooseStaff(staff, { market, category, branchId, level: wanted });
  return {
    ...(assigneeId !== null && isGone(assigneeId) && { assigneeId: next('agent') }),
    ...(level !== null && escalatedToId !== null && isGone(escalatedToId) && { escalatedToId: next(level) }),
  };
}

/** Whether somebody is no member of staff who works here, or at no desk any more in this market. */
export async function isNoStaff(
  { tx }: Pick<Context, 'tx'>,
  userId: string,
  market?: TicketRow['market'],
): Promise<boolean> {
  const user = await findUser(tx, userId);
  if (user === undefined || !isStaff(user.role) || user.disabledAt !== null) return true;
  return market !== undefined && user.desk !== null && !user.desk.markets.includes(market);
}
