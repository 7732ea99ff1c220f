import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Asked } from '#domain/leases/commands';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';

type Reports = 'reportDeath' | 'reportTheft';

interface Report<Name> {
  readonly leaseId: string;
  readonly command: Name;
  /** Whether it is proven by a second factor who says it: a code, or at a phone the PIN. */
  readonly isProven: () => Promise<boolean>;
}

/**
 * Tells a lease that its customer is said to have died, or that its vehicle was stolen. That stops what is collected: whoever
 * has the customer's phone proves that he has it, whichever way he comes; staff answer for it, for a death with a note.
 *
 * @throws Problem second_factor_required; invalid_input where staff say of a death nothing; otherwise as `commandLease`.
 */
export async function orderReport<Name extends Reports>(
  deps: { readonly db: Database; readonly temporal: Client },
  { leaseId, command, isProven }: Report<Name>,
  asked: Asked<Name>,
  key?: CommandKey,
): Promise<void> {
  const { actor, note }: Pick<Asked<Reports>, 'actor' | 'note'> = asked;
  if (!isStaff(actor.role)) {
    if (!(await isProven())) throw new Problem('second_factor_required');
  } else if (command === 'reportDeath' && note === undefined)
    throw new Problem('invalid_input', undefined, [{ path: 'note', message: 'say who told you, and how' }]);
  await commandLease(deps, leaseId, command, asked, key);
}
