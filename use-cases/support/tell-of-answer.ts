import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '#db/client';
import { isUnderWay } from '#db/queries/deliveries';
import { findTicket, messagesOf, type TicketRow } from '#db/queries/tickets';
import { inboundTexts, notifications, sessions, ticketMessages } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { Message } from '#domain/notifications/messages';
import type { Encryption } from '#platform/encryption';
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
  const order = { key: `ticket-${ticketId}:${messageId}`, at: new Date(at) };
  const queued = await transact(deps.db, system('support'), order.at, async ({ tx }) => {
    const ticket = await findTicket(tx, ticketId);
    const to = ticket === undefined ? null : await holdPerson(tx, ticket.customerId);
    if (ticket === undefined || to === null) return null;
    const untold = await untoldOf(tx, ticketId);
    // It was told, and nobody was woken; what was written since is told by another one.
    if (!untold.includes(messageId)) return openNotification(tx, order.key);
    const notice = await noticeOfAnswer({ db: tx, encryption: deps.encryption }, ticket, untold);
    await tx.update(ticketMessages).set({ toldAt: order.at }).where(inArray(ticketMessages.id, untold));
    const { isByPhone, at: wroteAt } = await lastOf(tx, ticketId);
    const how = { urgency: 'day', isLegal: false, askedAt: order.at, answersAt: isByPhone ? wroteAt : null } as const;
    return queueNotification(tx, deps.encryption, { key: order.key, to, leaseId: ticket.leaseId, notice, ...how });
  });
  if (queued?.isOpen === true) await wakeNotification(deps, queued);
}

async function openNotification(tx: Transaction, key: string) {
  const [row] = await tx
    .select({ id: notifications.id, urgency: notifications.urgency })
    .from(notifications)
    .where(and(eq(notifications.key, key), isUnderWay));
  return row === undefined ? null : { ...row, isOpen: true };
}

/** What is told of answers: who wrote last by SMS or USSD may have no app, and is texted what they say. */
export async function noticeOfAnswer(
  { db, encryption }: { readonly db: Queryable; readonly encryption: Pick<Encryption, 'decrypt'> },
  { id, category, customerId, status }: Pick<TicketRow, 'id' | 'category' | 'customerId' | 'status'>,
  untold: readonly string[],
): Promise<Message> {
  const last = await lastOf(db, id);
  if (!(last.at === null ? await hasPhoneAlone(db, customerId) : last.isByPhone))
    return { template: 'answered', category };
  const answers = (await messagesOf(db, id, false)).filter((message) => untold.includes(message.id));
  const said = answers.map(({ bodyEncrypted }) => encryption.decrypt(bodyEncrypted)).join('\n');
  return { template: 'answer', said, ...(status === 'resolved' && { isOver: true }) };
}

/** When the customer wrote last, and whether by SMS or USSD; null where he has written nothing. */
async function lastOf(db: Queryable, ticketId: string) {
  const last = (await messagesOf(db, ticketId, false)).findLast(({ author }) => author.role === 'customer');
  if (last === undefined) return { at: null, isByPhone: false };
  return { at: last.createdAt, isByPhone: (await db.$count(inboundTexts, eq(inboundTexts.id, last.id))) > 0 };
}

/** Who is logged in nowhere would never read what is in the app. */
async function hasPhoneAlone(db: Queryable, customerId: string): Promise<boolean> {
  const isIn = and(eq(sessions.userId, customerId), isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`));
  return (await db.$count(sessions, isIn)) === 0;
}
