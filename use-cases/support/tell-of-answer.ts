import { eq, inArray } from 'drizzle-orm';
import { findTicket, messagesOf, type TicketRow } from '#db/queries/tickets';
import { inboundTexts, ticketMessages } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { Message } from '#domain/notifications/messages';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import { queueNotification } from '../notifications/queue-notification.ts';
import { untoldOf } from './look-at-ticket.ts';
import type { TellingDependencies } from './tell-customer.ts';

/**
 * Tells a customer that his ticket was answered: one notification for all answers that he has not heard of. It is the one
 * place from which a ticket reaches for its customer.
 *
 * @param input.messageId the newest of them
 */
export async function tellOfAnswer(
  deps: TellingDependencies,
  { ticketId, messageId, at }: { readonly ticketId: string; readonly messageId: string; readonly at: string },
): Promise<void> {
  const { db, encryption } = deps;
  const untold = await untoldOf(db, ticketId);
  const ticket = await findTicket(db, ticketId);
  if (untold.length === 0 || ticket === undefined) return;
  const order = {
    key: `ticket-${ticketId}:${messageId}`,
    leaseId: ticket.leaseId,
    notice: await noticeOfAnswer(deps, ticket, untold),
    urgency: 'day',
    isLegal: false,
    askedAt: new Date(at),
    answersAt: null,
  } as const;
  const queued = await transact(db, system('support'), order.askedAt, async ({ tx }) => {
    const to = await holdPerson(tx, ticket.customerId);
    return to === null ? null : queueNotification(tx, encryption, { ...order, to });
  });
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
  await db
    .update(ticketMessages)
    .set({ toldAt: new Date(at) })
    .where(inArray(ticketMessages.id, untold));
}

/** What is told of answers: who wrote last by SMS or USSD may have no app, and is texted what they say. */
export async function noticeOfAnswer(
  { db, encryption }: Pick<TellingDependencies, 'db' | 'encryption'>,
  { id, category }: Pick<TicketRow, 'id' | 'category'>,
  untold: readonly string[],
): Promise<Message> {
  const messages = await messagesOf(db, id, false);
  const last = messages.findLast(({ author }) => author.role === 'customer');
  const isByPhone = last !== undefined && (await db.$count(inboundTexts, eq(inboundTexts.id, last.id))) > 0;
  if (!isByPhone) return { template: 'answered', category };
  const answers = messages.filter((message) => untold.includes(message.id));
  return { template: 'answer', said: answers.map(({ bodyEncrypted }) => encryption.decrypt(bodyEncrypted)).join('\n') };
}
