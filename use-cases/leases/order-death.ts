import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Asked } from '#domain/leases/commands';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { refuseUnproven } from './refuse-unproven.ts';

/**
 * Tells a lease that its customer is said to have died. That stops what is collected: whoever has his phone proves that he has
 * it; staff say who told them.
 *
 * @throws Problem as `refuseUnproven` and `commandLease`.
 */
export async function orderDeath(
  deps: { readonly db: Database; readonly temporal: Client },
  leaseId: string,
  { isProven, ...asked }: Asked<'reportDeath'> & { readonly isProven: () => Promise<boolean> },
  key?: CommandKey,
): Promise<void> {
  await refuseUnproven({ ...asked, isProven }, 'say who told you, and how');
  await commandLease(deps, leaseId, 'reportDeath', asked, key);
}
