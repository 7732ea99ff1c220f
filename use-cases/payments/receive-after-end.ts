import { findLease, leaseClock } from '#db/queries/leases';
import type { Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { ReceivedMoney } from '#domain/payments/payment';
import type { Config } from '#platform/config';
import { transact } from '../context.ts';
import { lookAtBooks, type RestartDependencies } from '../leases/restart-lease.ts';
import { receiveMoney } from './receive-money.ts';

/**
 * Money for a lease that has ended is booked beside its workflow, which takes no commands any more: it pays what is
 * in dispute, the rest is credit. Then the workflow looks at the books, to give credit back. Repeated, it changes
 * nothing.
 *
 * @returns false when the lease has not ended: it has to book it itself.
 * @throws Problem as `receiveMoney`
 */
export async function receiveAfterEnd(
  deps: RestartDependencies & { readonly config: Config },
  { leaseId, actor, money }: { readonly leaseId: string; readonly actor: Actor; readonly money: ReceivedMoney },
): Promise<boolean> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined || !hasEnded(lease.status)) return false;
  await transact(deps.db, actor, leaseClock(lease), (context) =>
    receiveMoney(context, deps.config, { leaseId, money }),
  );
  await lookAtBooks(deps, actor, lease);
  return true;
}
