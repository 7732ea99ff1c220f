import { findUser } from '#db/queries/identity';
import { findTicket, staffAtDesks, type TicketRow } from '#db/queries/tickets';
import { tickets } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { EventType } from '#domain/events/catalogue';
import { isStaff } from '#domain/identity/roles';
import type { Market } from '#domain/markets';
import { chooseStaff, priorityOf, type Priority, type TicketCategory } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import { emit, record, type Context } from '../context.ts';
import { hideOwnCodes } from '../identity/hide-codes.ts';
import { lockUser } from '../identity/lock-user.ts';
import { refuseBranch } from '../vehicles/branches.ts';
import { branchOf, checkLinks, linksOfEvent, type Links } from './check-links.ts';
import { deadlineColumns, ticketFactsOf } from './ticket-record.ts';
import { writeMessage, type MessageOrder } from './write-message.ts';

export interface TicketOrder extends Links {
  readonly id: string;
  readonly customerId: string;
  readonly category: TicketCategory;
  readonly subject: string;
  readonly message: Omit<MessageOrder, 'ticketId'>;
  /** Where the rule of the category does not fit. */
  readonly priority?: Priority | undefined;
  readonly branchId?: string | undefined;
  /** The event that opens it; the customer sees it once somebody has written to him. */
  readonly cause?: { readonly type: EventType; readonly eventId: string };
}

/**
 * Opens a ticket: its priority by rule, somebody to look after it, and its deadlines. The same id again gives the ticket
 * that is there.
 *
 * @throws Problem unprocessable naming a customer who is none, or a link that is not the customer's; not_found of one who was erased.
 */
export async function openTicket(
  context: Context,
  { encryption }: { readonly encryption: Pick<Encryption, 'encrypt' | 'hash'> },
  order: TicketOrder,
): Promise<TicketRow> {
  const { tx } = context;
  const { id, customerId, cause } = order;
  const market = (await findUser(tx, customerId))?.market ?? null;
  if (market === null)
    throw new Problem('unprocessable', 'There is no such customer', [
      { path: 'customerId', message: 'is no customer' },
    ]);
  if ((await lockUser(context, customerId)).erasedAt !== null) throw new Problem('not_found');
  const existing = await findTicket(tx, id);
  if (existing !== undefined) return existing;
  const links = await (cause === undefined ? checkLinks(tx, customerId, order) : linksOfEvent(tx, order));
  const ticket = await insertTicket(context, encryption, order, { market, links });
  await writeMessage(context, encryption, { ...order.message, ticketId: id, tells: isWrittenToHim(context, order) });
  const { category, priority, status, assigneeId } = ticket;
  const why = cause?.type ?? null;
  await record(context, {
    type: 'ticket.created',
    subject: id,
    detail: { category, priority, status, assigneeId, cause: why, leaseId: links.leaseId },
  });
  const { caseId: _case, ...about } = links;
  const data = { ...ticketFactsOf(ticket), ...about, cause: why };
  await emit(context, { type: 'support.ticket.created', subject: customerId, leaseId: links.leaseId, data });
  return ticket;
}

/** Staff open it with what they tell, or ask, its customer. */
const isWrittenToHim = ({ actor }: Context, { message }: TicketOrder) => isStaff(actor.role) && !message.internal;

async function insertTicket(
  context: Context,
  encryption: Pick<Encryption, 'encrypt' | 'hash'>,
  order: TicketOrder,
  { market, links }: { readonly market: Market; readonly links: Awaited<ReturnType<typeof checkLinks>> },
): Promise<TicketRow> {
  const { tx, at } = context;
  const { id, customerId, category, cause } = order;
  const subject =
    context.actor.role === 'customer'
      ? (await hideOwnCodes(context, encryption, { userId: context.actor.id, text: order.subject })).text
      : order.subject;
  await refuseBranch(context, order.branchId, market);
  const branchId = order.branchId ?? (await branchOf(tx, links.vehicleId));
  const clock = {
    market,
    priority: order.priority ?? priorityOf(category),
    usedMs: 0,
    runningSince: at,
    // Who is written to first has nothing to wait for.
    firstAnsweredAt: isWrittenToHim(context, order) ? at : null,
    unansweredUsedMs: context.actor.role === 'customer' ? 0 : null,
    resolvedAt: null,
    firstAnswerDueAt: null,
    resolutionDueAt: null,
    level: null,
    escalatedAt: null,
    escalatedUsedMs: null,
  };
  const [ticket] = await tx
    .insert(tickets)
    .values({
      id,
      customerId,
      category,
      branchId,
      status: 'open',
      subjectEncrypted: encryption.encrypt(subject),
      assigneeId: chooseStaff(await staffAtDesks(tx), { market, level: 'agent', category, branchId }),
      cause: cause ?? null,
      isShown: cause === undefined,
      ...links,
      ...clock,
      ...(await deadlineColumns(context, clock)),
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (ticket === undefined) throw new Error('the ticket was not written');
  return ticket;
}
