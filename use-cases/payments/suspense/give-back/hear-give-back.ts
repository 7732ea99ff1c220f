import { eq, sql } from 'drizzle-orm';
import { giveBacks, inbound } from '#db/schema/index';
import { callbackHash } from '#platform/callback-secret';
import type { PaymentDependencies } from '../../dependencies.ts';
import { compareClaim, readClaim, requestNamedBy, type Callback } from '../../claims.ts';
import { askGiveBack } from './ask-give-back.ts';

/**
 * Keeps what a callback claims of money that goes back from suspense.
 *
 * @returns what asks the provider about it; null when the secret is of no give-back of this provider's.
 */
export async function hearGiveBack(
  deps: PaymentDependencies,
  callback: Callback,
): Promise<(() => Promise<void>) | null> {
  const [found] = await deps.db
    .select({ id: giveBacks.id, item: inbound })
    .from(giveBacks)
    .innerJoin(inbound, eq(inbound.id, giveBacks.inboundId))
    .where(eq(giveBacks.callbackHash, callbackHash(deps.encryption, callback.secret)));
  if (found === undefined || found.item.provider !== callback.provider) return null;
  const { id, item } = found;
  const claim = readClaim(deps, callback, item.market);
  // An answer that leaves it open says nothing, and whoever asked asks again.
  if (callback.isStatus === true && claim === null) return async () => {};
  if (claim !== null) {
    const named = requestNamedBy(deps, callback.provider, claim);
    const providerRequestId = sql`coalesce(${giveBacks.providerRequestId}, ${named})`;
    const told = { claim: { ...claim }, ...(named !== null && { providerRequestId, sent: true }) };
    await deps.db.update(giveBacks).set(told).where(eq(giveBacks.id, id));
  }
  return async () => {
    const status = await askGiveBack(deps, { giveBackId: id });
    if (claim !== null) await compareClaim(deps, { ...item, leaseId: null }, claim, status);
  };
}
