import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { transact } from '../context.ts';
import type { SteeringDependencies } from '../leases/dependencies.ts';
import { decideCashDay } from './backdated-cash.ts';

/**
 * Somebody decides on the day on which an agent says that he took cash. The lease books it; of one that is over only
 * the day moves, and its workflow takes no commands any more.
 *
 * @throws Problem as `decideCashDay`, and as `commandLease`
 */
export async function decideBackdatedCash(
  deps: SteeringDependencies,
  { actor, id: caseId, leaseId }: { readonly actor: Actor; readonly id: string; readonly leaseId: string },
  key: CommandKey | undefined,
  said: { decision: 'confirmed' | 'rejected'; resolution: string; paidOn?: string | undefined },
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined) throw new Problem('not_found');
  if (hasEnded(lease.status))
    await transact(deps.db, actor, leaseClock(lease), (context) =>
      decideCashDay(context, { leaseId, caseId, ...said }),
    );
  else await commandLease(deps, leaseId, 'decideCashDay', { actor, caseId, ...said }, key);
}
