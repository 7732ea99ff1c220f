import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { transact, type Context } from '../context.ts';
import { lookAtBooks, type RestartDependencies } from './restart-lease.ts';

/**
 * Somebody corrects the books of a lease beside its workflow, which looks at them: of one that is over it is started for that, gives
 * back what the lease does not owe any more, and ends again.
 *
 * @throws Problem not_found, and as `work`
 */
export async function correctBooks(
  deps: RestartDependencies,
  actor: Actor,
  leaseId: string,
  work: (context: Context) => Promise<unknown>,
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) throw new Problem('not_found');
  await transact(deps.db, actor, leaseClock(lease), work);
  await lookAtBooks(deps, actor, lease);
}
