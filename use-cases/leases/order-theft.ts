import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Asked } from '#domain/leases/commands';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';

interface Theft extends Asked<'reportTheft'> {
  /** Whether a customer has proven by a second factor who he is: a code, or at a phone his PIN. */
  readonly isProven: () => Promise<boolean>;
}

/**
 * Tells a lease that its vehicle was stolen. That stops what is collected: a customer proves who he is by a second factor,
 * whichever way he comes; staff answer for it with a note.
 *
 * @throws Problem second_factor_required; invalid_input where staff say nothing; otherwise as `commandLease`.
 */
export async function orderTheft(
  deps: { readonly db: Database; readonly temporal: Client },
  leaseId: string,
  { isProven, ...asked }: Theft,
  key?: CommandKey,
): Promise<void> {
  if (!isStaff(asked.actor.role)) {
    if (!(await isProven())) throw new Problem('second_factor_required');
  } else if (asked.note === undefined)
    throw new Problem('invalid_input', undefined, [{ path: 'note', message: 'say who reported it, and how' }]);
  await commandLease(deps, leaseId, 'reportTheft', asked, key);
}
