import { transact } from '#activities/context';
import { confirmBackdatedCash, rejectBackdatedCash } from '#activities/payments/backdated-cash';
import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import * as messages from '#workflows/lease/messages';
import { commandLease, type LeaseCommandDependencies } from './lease-commands.ts';

/**
 * Somebody decides on the day on which an agent says that he took cash. What is confirmed the lease books; of one
 * that is over only the day moves, and its workflow takes no commands any more.
 *
 * @throws Problem as `confirmBackdatedCash`, and as `commandLease`
 */
export async function decideBackdatedCash(
  deps: LeaseCommandDependencies,
  { actor, id: caseId, leaseId }: { readonly actor: Actor; readonly id: string; readonly leaseId: string },
  key: string | undefined,
  { decision, ...said }: { decision: 'confirmed' | 'rejected'; resolution: string; paidOn?: string | undefined },
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) throw new Problem('not_found');
  const beside = (work: Parameters<typeof transact<unknown>>[3]) => transact(deps.db, actor, leaseClock(lease), work);
  if (decision === 'rejected')
    await beside((context) => rejectBackdatedCash(context, { caseId, resolution: said.resolution }));
  else if (hasEnded(lease.status))
    await beside((context) => confirmBackdatedCash(context, { leaseId, caseId, ...said }));
  else await commandLease(deps, leaseId, messages.confirmBackdatedCash, { actor, caseId, ...said }, key);
}
