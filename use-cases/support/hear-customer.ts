import { newestInHand, newestUnanswered } from '#db/queries/tickets';
import { categoryNamedIn } from '#domain/support/named-in';
import { REOPEN_DAYS } from '#domain/support/ticket';
import { storable } from '#domain/text';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { addMessage } from './add-message.ts';
import { openTicket } from './open-ticket.ts';

/** Characters of a message that become the subject of its ticket. */
const SUBJECT = 60;

/**
 * What a customer wrote at his phone for a person to read: it goes on in the ticket that he has, or opens one.
 *
 * @param message its `id` is that of the message, and of the ticket where it opens one: the same again is the one that is there
 */
export async function hearCustomer(
  context: Context,
  deps: { readonly encryption: Pick<Encryption, 'encrypt' | 'hash'> },
  { customerId, ...message }: { readonly customerId: string; readonly id: string; readonly body: string },
): Promise<void> {
  const body = storable(message.body);
  const said = { id: message.id, body, internal: false, attachments: [] };
  // Nobody resolves or fills it meanwhile.
  await lockUser(context, customerId);
  const { tx, at } = context;
  const recent = new Date(at.getTime() - REOPEN_DAYS * 86_400_000);
  const open = (await newestInHand(tx, customerId)) ?? (await newestUnanswered(tx, customerId, recent));
  if (open !== undefined && open.id !== message.id) await addMessage(context, deps, { ...said, ticketId: open.id });
  else {
    const category = categoryNamedIn(body);
    const subject = body.replaceAll(/\s+/g, ' ').trim().slice(0, SUBJECT);
    await openTicket(context, deps, { id: message.id, customerId, category, subject, message: said });
  }
}
