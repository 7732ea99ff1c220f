import { eq } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { accounts } from '#domain/ledger/ledger';
import type { Context } from '../../context.ts';
import { gone, unclaimed } from './item-of-payment.ts';

/**
 * What of a pay-bill had paid a claim waits in suspense again, for a person to say whose it is, by the transfer that takes it out:
 * what went back of it before did so by another.
 *
 * @param book posts that transfer into an account, and returns its id
 * @throws Problem conflict where the rest of it is on its way back, or its provider has taken that back
 */
export async function backFromClaim(
  { tx }: Context,
  { inboundId, amount }: { readonly inboundId: string; readonly amount: number },
  book: (account: string) => Promise<string>,
): Promise<void> {
  const [item] = await tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
  if (item === undefined || item.claimed < amount || item.returnedAt !== null || item.status === 'returning')
    throw gone();
  // What a lease has, or what went back, of the rest is no part of what waits.
  const isRestElsewhere = item.status === 'posted' && item.paymentId !== null;
  if (isRestElsewhere) throw gone();
  const rest = item.status === 'suspense' ? item.amount : 0;
  const wentBack = item.status === 'returned' ? item.wentBack + item.amount : item.wentBack;
  const suspenseTransferId = await book(accounts.suspense(item.provider));
  const left = { amount: rest + amount, claimed: item.claimed - amount, wentBack };
  await tx
    .update(inbound)
    .set({ status: 'suspense', suspenseTransferId, ...unclaimed, ...left })
    .where(eq(inbound.id, inboundId));
}
