import { eq } from 'drizzle-orm';
import { lastResolved, meantInHand, type TicketRow } from '#db/queries/tickets';
import { ticketMessages } from '#db/schema/index';
import { categoryNamedIn } from '#domain/support/named-in';
import { priorityAfter, REOPEN_DAYS } from '#domain/support/ticket';
import { storable } from '#domain/text';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { addMessage } from './add-message.ts';
import { openTicket } from './open-ticket.ts';
import { reopenTicket } from './resolve-ticket.ts';
import { updateTicket } from './update-ticket.ts';

interface Heard {
  readonly customerId: string;
  readonly id: string;
  readonly body: string;
  /** Thanks, or a digit that nobody has asked for: in a ticket that is in hand, nobody has to answer it. */
  readonly isCourtesy?: boolean;
}

/** Characters of a message that become the subject of its ticket. */
const SUBJECT = 60;

/**
 * What a customer wrote at his phone for a person to read: it goes on in the ticket that is meant, opens again the one that
 * was resolved last, or opens one.
 *
 * @param message its `id` is that of the message, and of the ticket where it opens one: the same again is the one that is there
 */
export async function hearCustomer(
  context: Context,
  deps: { readonly encryption: Pick<Encryption, 'encrypt' | 'hash'> },
  { customerId, isCourtesy = false, ...message }: Heard,
): Promise<void> {
  const { id } = message;
  const body = storable(message.body);
  const said = { id, body, internal: false, attachments: [] };
  // Nobody resolves or fills it meanwhile.
  await lockUser(context, customerId);
  const { tx } = context;
  if ((await tx.$count(ticketMessages, eq(ticketMessages.id, id))) > 0) return;
  const category = categoryNamedIn(body);
  const meant = (await meantInHand(tx, customerId)) ?? (await toReopen(context, customerId, category));
  if (meant === undefined) {
    const subject = body.replaceAll(/\s+/g, ' ').trim().slice(0, SUBJECT);
    await openTicket(context, deps, { id, customerId, category, subject, message: said });
  } else if (meant.status === 'resolved') await reopenTicket(context, deps, { id: meant.id, message: { id, body } });
  else {
    await addMessage(context, deps, { ...said, isCourtesy, ticketId: meant.id });
    const isMoreUrgent = priorityAfter(meant.priority, { category }) !== meant.priority;
    if (category !== 'other' && isMoreUrgent) await updateTicket(context, meant.id, { category });
  }
}

/** What was resolved lately was not, as it seems; but an accident or a theft is urgent, and a ticket of its own. */
async function toReopen(
  { tx, at }: Context,
  customerId: string,
  named: TicketRow['category'],
): Promise<TicketRow | undefined> {
  const resolved = await lastResolved(tx, customerId, new Date(at.getTime() - REOPEN_DAYS * 86_400_000), true);
  return named === 'other' ? resolved : undefined;
}
