import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { transact, type Context } from '../context.ts';
import type { SteeringDependencies } from './dependencies.ts';

/** Somebody corrects the books of a lease beside its workflow, which reads them again where it runs. @throws Problem as `work` */
export async function correctBooks(
  deps: SteeringDependencies,
  actor: Actor,
  leaseId: string,
  work: (context: Context) => Promise<void>,
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) throw new Problem('not_found');
  await transact(deps.db, actor, leaseClock(lease), work);
  await tellBooksChanged(deps, leaseId);
}
