import { inArray } from 'drizzle-orm';
import { findUser } from '#db/queries/identity';
import { findTicket } from '#db/queries/tickets';
import { ticketMessages } from '#db/schema/index';
import { ringsAt } from '#domain/payments/quiet-hours';
import { untoldOf } from './look-at-ticket.ts';
import { quiet, sendOnce, type SupportDependencies } from './send-once.ts';

/**
 * Tells a customer that his ticket was answered: one text for all answers that he has not heard of, by day. It is the one
 * place from which a ticket reaches for its customer.
 *
 * @param input.messageId the newest of them
 * @throws ProviderFailure where it was surely not taken; ApplicationFailure `Quiet` at night: to be tried again.
 */
export async function tellOfAnswer(
  deps: SupportDependencies,
  { ticketId, messageId, at }: { readonly ticketId: string; readonly messageId: string; readonly at: string },
): Promise<void> {
  const { db } = deps;
  const untold = await untoldOf(db, ticketId);
  const ticket = await findTicket(db, ticketId);
  const customer = ticket === undefined ? undefined : await findUser(db, ticket.customerId);
  if (untold.length === 0 || ticket === undefined || customer === undefined) return;
  // A workflow that has travelled is ahead of the wall; one that was long on its way is behind it.
  const now = Math.max(Date.parse(at), Date.now());
  const wait = ringsAt(now, null, null, ticket.market) - now;
  if (wait > 0) throw quiet(wait);
  if (customer.phoneEncrypted !== null)
    await sendOnce(deps, {
      key: `ticket-${ticketId}:${messageId}`,
      to: { ...customer, phoneEncrypted: customer.phoneEncrypted },
      leaseId: ticket.leaseId,
      message: { template: 'answered', category: ticket.category },
      at: new Date(at),
    });
  await db
    .update(ticketMessages)
    .set({ toldAt: new Date(at) })
    .where(inArray(ticketMessages.id, untold));
}
