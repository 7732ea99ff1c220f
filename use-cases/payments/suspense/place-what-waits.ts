import { suspendedFor } from '#db/queries/doubts';
import { findLease } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { hasEnded, isApplication, takesPayments } from '#domain/leases/status';
import type { CommandKey } from '#steering/command-key';
import type { PaymentDependencies } from '../dependencies.ts';
import { giveBackAfterEnd } from './give-back/give-back-after-end.ts';
import { resolveSuspense } from './resolve-suspense.ts';
import { findInbound, leaseNamedBy } from '../inbound-record.ts';

const actor = system('suspense');

/**
 * What waits in suspense with the reference of a lease goes where it belongs: to the lease once that takes money, to its payer
 * once that is over and takes nothing. Before, it waits. What a person was quicker with, or has to decide, stays; repeated, it
 * changes nothing.
 */
export async function placeWhatWaits(
  deps: PaymentDependencies,
  { leaseId }: { readonly leaseId: string },
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) return;
  const isOver = hasEnded(lease.status);
  if (!isOver && !takesPayments(lease.status)) return;
  for (const inboundId of await suspendedFor(deps.db, lease)) {
    if (isOver) await giveBackAfterEnd(deps, { inboundId });
    else await take(deps, { inboundId, leaseId });
  }
}

async function take(deps: PaymentDependencies, item: { inboundId: string; leaseId: string }): Promise<void> {
  try {
    await resolveSuspense(deps, actor, item, `held:${item.inboundId}` as CommandKey);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    deps.log.warn({ ...item, code: error.code }, 'money that was held for a lease waits on');
  }
}

/** Its lease may have been signed at the moment at which the money was put into suspense. */
export async function placeIfSigned(
  deps: PaymentDependencies,
  { inboundId }: { readonly inboundId: string },
): Promise<void> {
  const lease = await leaseNamedBy(deps.db, await findInbound(deps.db, inboundId));
  if (lease !== undefined && isApplication(lease.status)) await placeWhatWaits(deps, { leaseId: lease.id });
}
