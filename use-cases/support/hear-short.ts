import { eq } from 'drizzle-orm';
import { meantInHand, lastResolved } from '#db/queries/tickets';
import { ticketMessages } from '#db/schema/index';
import { shortAnswer } from '#domain/support/inbound';
import { RATE_DAYS } from '#domain/support/ticket';
import type { Encryption } from '#platform/encryption';
import type { Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { hearCustomer } from './hear-customer.ts';
import { rateTicket } from './rate-ticket.ts';

interface Short {
  readonly customerId: string;
  /** Of the message, where it is one. */
  readonly id: string;
  readonly as: 'digit' | 'thanks';
  readonly body: string;
}

/** A digit or thanks by SMS: goes on in a ticket, or says how content the customer is. It opens none. */
export async function hearShort(
  context: Context,
  deps: { readonly encryption: Pick<Encryption, 'encrypt' | 'hash'> },
  { as, ...message }: Short,
): Promise<ReturnType<typeof shortAnswer>> {
  const { tx, at } = context;
  const { customerId, body } = message;
  await lockUser(context, customerId);
  // It was written, and is no rating where it comes again.
  if ((await tx.$count(ticketMessages, eq(ticketMessages.id, message.id))) > 0) return 'write';
  const open = await meantInHand(tx, customerId);
  const resolved = await lastResolved(tx, customerId, new Date(at.getTime() - RATE_DAYS * 86_400_000));
  const does = shortAnswer(as, {
    isAsked: open?.status === 'waiting',
    isInHand: open !== undefined,
    // The same text again says what it said.
    isRatable: resolved !== undefined && (resolved.rating ?? Number(body)) === Number(body),
  });
  if (does === 'write') await hearCustomer(context, deps, { ...message, isCourtesy: open?.status !== 'waiting' });
  if (does === 'rate' && resolved !== undefined) await rateTicket(context, { id: resolved.id, rating: Number(body) });
  return does;
}
