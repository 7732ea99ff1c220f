import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { CLAIM_MS, type ReceivedMoney } from '#domain/payments/payment';
import type { Context } from '../../context.ts';
import { receivedFrom } from './place-inbound.ts';

/**
 * An agent says which lease suspense money belongs to: claimed for that lease, so that nobody else gives it
 * away meanwhile. The lease then books it.
 *
 * @param wish.paymentId of the payment that it becomes: another one each time that it is resolved
 * @throws Problem conflict when it was resolved, or is being resolved by somebody else.
 */
export async function claimSuspense(
  context: Context,
  { inboundId, leaseId, paymentId }: { inboundId: string; leaseId: string; paymentId: string },
): Promise<ReceivedMoney> {
  const { tx, actor, at } = context;
  const free = or(isNull(inbound.resolvedBy), lt(inbound.resolvedAt, new Date(at.getTime() - CLAIM_MS)));
  const [claimed] = await tx
    .update(inbound)
    .set({ resolvedBy: actor.id, resolvedAt: at, leaseId })
    .where(and(eq(inbound.id, inboundId), eq(inbound.status, 'suspense'), free))
    .returning();
  if (claimed === undefined)
    throw new Problem('conflict', 'the money was given to a lease already, or is being given to one');
  return receivedFrom(claimed, paymentId);
}

/** The lease did not take it: it waits again, unless somebody has taken the claim over meanwhile. */
export async function releaseSuspense({ tx, actor, at }: Context, inboundId: string): Promise<void> {
  const isOurs = and(eq(inbound.resolvedBy, actor.id), eq(inbound.resolvedAt, at));
  await tx
    .update(inbound)
    .set({ resolvedBy: null, resolvedAt: null, leaseId: null })
    .where(and(eq(inbound.id, inboundId), eq(inbound.status, 'suspense'), isOurs));
}

/**
 * A lease got it by mistake and has given it back: it waits in suspense, for the next to be resolved.
 *
 * @param transferId of the transfer that gave it back
 */
export async function backInSuspense(
  { tx }: Context,
  { paymentId, transferId }: { paymentId: string; transferId: string },
): Promise<void> {
  const suspenseTransferId = sql`coalesce(${inbound.suspenseTransferId}, ${transferId}::uuid)`;
  const free = { leaseId: null, paymentId: null, resolvedBy: null, resolvedAt: null };
  await tx
    .update(inbound)
    .set({ status: 'suspense', suspenseTransferId, ...free })
    .where(and(eq(inbound.paymentId, paymentId), eq(inbound.status, 'posted')));
}
