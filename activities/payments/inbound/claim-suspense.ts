import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Context } from '../../context.ts';
import type { InboundRow } from './confirm-inbound.ts';

/** A claim whose agent was never heard of again may be taken over after this, in milliseconds. */
const CLAIM_MS = 60_000;

/**
 * An agent says which lease suspense money belongs to: claimed for that lease, so that nobody else gives it
 * away meanwhile. The lease then books it.
 *
 * @throws Problem conflict when it was resolved, or is being resolved by somebody else.
 */
export async function claimSuspense(
  context: Context,
  { inboundId, leaseId }: { inboundId: string; leaseId: string },
): Promise<InboundRow> {
  const { tx, actor, at } = context;
  const free = or(isNull(inbound.resolvedBy), lt(inbound.resolvedAt, new Date(at.getTime() - CLAIM_MS)));
  const [claimed] = await tx
    .update(inbound)
    .set({ resolvedBy: actor.id, resolvedAt: at, leaseId })
    .where(and(eq(inbound.id, inboundId), eq(inbound.status, 'suspense'), free))
    .returning();
  if (claimed === undefined) throw new Problem('conflict', 'the money was given to a lease already');
  return claimed;
}

/** The lease did not take it: it waits again, unless somebody has taken the claim over meanwhile. */
export async function releaseSuspense({ tx, actor, at }: Context, inboundId: string): Promise<void> {
  const isOurs = and(eq(inbound.resolvedBy, actor.id), eq(inbound.resolvedAt, at));
  await tx
    .update(inbound)
    .set({ resolvedBy: null, resolvedAt: null, leaseId: null })
    .where(and(eq(inbound.id, inboundId), eq(inbound.status, 'suspense'), isOurs));
}
