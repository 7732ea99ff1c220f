import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { Asked } from '#domain/leases/commands';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { refuseUnproven } from './refuse-unproven.ts';

/**
 * Tells a lease that its vehicle was stolen. That stops what is collected: a customer proves who he is by a second factor,
 * whichever way he comes; staff answer for it with a note.
 *
 * @throws Problem as `refuseUnproven` and `commandLease`.
 */
export async function orderTheft(
  deps: { readonly db: Database; readonly temporal: Client },
  leaseId: string,
  { isProven, ...asked }: Asked<'reportTheft'> & { readonly isProven: () => Promise<boolean> },
  key?: CommandKey,
): Promise<void> {
  await refuseUnproven({ ...asked, isProven }, 'say who reported it, and how');
  await commandLease(deps, leaseId, 'reportTheft', asked, key);
}
