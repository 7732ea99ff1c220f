import { findLease } from '#db/queries/leases';
import type { Actor } from '#domain/identity/roles';
import type { Reversal } from '#domain/leases/orders';
import { hasEnded } from '#domain/leases/status';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { correctBooks } from '../../leases/correct-books.ts';
import type { RestartDependencies } from '../../leases/restart-lease.ts';
import { reversePayment } from './reverse-payment.ts';

/**
 * An admin undoes a payment: by a command to its lease while that lives. The workflow of one that has ended may be over,
 * and what is in dispute then concerns the books alone: it is booked here, and its workflow looks at them.
 *
 * @throws Problem as `reversePayment` and `commandLease`
 */
export async function undoPayment(
  deps: RestartDependencies,
  actor: Actor,
  { leaseId, ...wish }: Reversal,
  key: CommandKey | undefined,
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined || !hasEnded(lease.status)) {
    await commandLease(deps, leaseId, 'reversePayment', { actor, ...wish }, key);
    return;
  }
  await correctBooks(deps, actor, leaseId, (context) => reversePayment(context, { leaseId, ...wish }));
}
