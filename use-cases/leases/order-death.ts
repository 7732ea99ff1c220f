import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Asked } from '#domain/leases/commands';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';

interface Death extends Asked<'reportDeath'> {
  /** Whether whoever has the customer's phone proves it by a second factor. */
  readonly isProven: () => Promise<boolean>;
}

/**
 * Tells a lease that its customer is said to have died. That stops what is collected: whoever has his phone proves that he has
 * it; staff say who told them.
 *
 * @throws Problem second_factor_required; invalid_input where staff say nothing; otherwise as `commandLease`.
 */
export async function orderDeath(
  deps: { readonly db: Database; readonly temporal: Client },
  leaseId: string,
  { isProven, ...asked }: Death,
  key?: CommandKey,
): Promise<void> {
  if (!isStaff(asked.actor.role)) {
    if (!(await isProven())) throw new Problem('second_factor_required');
  } else if (asked.note === undefined)
    throw new Problem('invalid_input', undefined, [{ path: 'note', message: 'say who told you, and how' }]);
  await commandLease(deps, leaseId, 'reportDeath', asked, key);
}
