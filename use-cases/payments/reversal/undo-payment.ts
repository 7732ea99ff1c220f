import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findLease, leaseClock } from '#db/queries/leases';
import type { Actor } from '#domain/identity/roles';
import type { Reversal } from '#domain/leases/orders';
import { hasEnded } from '#domain/leases/status';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { transact } from '../../context.ts';
import { reversePayment } from './reverse-payment.ts';

/**
 * An admin undoes a payment: by a command to its lease while that lives. The workflow of one that has ended may be over,
 * and what is in dispute then concerns the books alone: it is booked here, and whoever is there is told.
 *
 * @throws Problem as `reversePayment` and `commandLease`
 */
export async function undoPayment(
  deps: { readonly db: Database; readonly temporal: Client },
  actor: Actor,
  { leaseId, ...wish }: Reversal,
  key: CommandKey | undefined,
): Promise<void> {
  const lease = await findLease(deps.db, leaseId);
  if (lease === undefined || !hasEnded(lease.status)) {
    await commandLease(deps, leaseId, 'reversePayment', { actor, ...wish }, key);
    return;
  }
  await transact(deps.db, actor, leaseClock(lease), (context) => reversePayment(context, { leaseId, ...wish }));
  await tellBooksChanged(deps, leaseId);
}
