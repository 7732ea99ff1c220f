import { eq } from 'drizzle-orm';
import { askedLast, lastResolved, meantInHand } from '#db/queries/tickets';
import { ticketMessages } from '#db/schema/index';
import { shortAnswer } from '#domain/support/inbound';
import { RATE_DAYS, REOPEN_DAYS } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { addMessage } from './add-message.ts';
import { hearCustomer } from './hear-customer.ts';
import { rateTicket } from './rate-ticket.ts';

interface Short {
  readonly customerId: string;
  /** Of the message, where it is one. */
  readonly id: string;
  readonly as: 'digit' | 'thanks';
  readonly body: string;
}

/**
 * A digit or thanks by SMS: goes on in a ticket, or says how content the customer is. It opens none. A digit is for what he
 * was asked last: an answer in the ticket that waits for it, or his word on the one that was resolved.
 */
export async function hearShort(
  context: Context,
  deps: { readonly encryption: Pick<Encryption, 'encrypt' | 'hash'> },
  { as, ...message }: Short,
): Promise<ReturnType<typeof shortAnswer>> {
  const { tx, at } = context;
  const { customerId, id, body } = message;
  await lockUser(context, customerId);
  // It was written, and is no rating where it comes again.
  if ((await tx.$count(ticketMessages, eq(ticketMessages.id, id))) > 0) return 'write';
  const since = (days: number) => new Date(at.getTime() - days * 86_400_000);
  const open = await meantInHand(tx, customerId);
  const resolved = await lastResolved(tx, customerId, since(RATE_DAYS));
  const isRatable = resolved?.rating === null && !resolved.isUnanswered;
  const closedSince = since(REOPEN_DAYS);
  const asks = await askedLast(tx, customerId, { closedSince, resolved: isRatable ? resolved.id : null });
  const does = shortAnswer(as, {
    asked: asks === undefined ? null : isRatable && asks.id === resolved.id ? 'rating' : 'answer',
    isInHand: open !== undefined,
    isSaidBefore: resolved?.rating === Number(body),
  });
  if (does === 'answer' && asks !== undefined)
    await addMessage(context, deps, { id, ticketId: asks.id, body, internal: false, attachments: [] });
  if (does === 'write') await hearCustomer(context, deps, { ...message, isCourtesy: open?.status !== 'waiting' });
  if (does === 'rate' && resolved !== undefined) await rateTicket(context, { id: resolved.id, rating: Number(body) });
  return does;
}
