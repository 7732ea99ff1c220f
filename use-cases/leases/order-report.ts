import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Asked } from '#domain/leases/commands';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';

/** What staff are asked for who say nothing, by what is reported. */
const asksStaff = { reportDeath: 'say who told you, and how', reportTheft: 'say who reported it, and how' } as const;

interface Report<Name> {
  readonly leaseId: string;
  readonly command: Name;
  /** Whether it is proven by a second factor who says it: a code, or at a phone the PIN. */
  readonly isProven: () => Promise<boolean>;
}

/**
 * Tells a lease that its customer is said to have died, or that its vehicle was stolen. That stops what is collected: whoever
 * has the customer's phone proves that he has it, whichever way he comes; staff answer for it with a note.
 *
 * @throws Problem second_factor_required; invalid_input where staff say nothing; otherwise as `commandLease`.
 */
export async function orderReport<Name extends keyof typeof asksStaff>(
  deps: { readonly db: Database; readonly temporal: Client },
  { leaseId, command, isProven }: Report<Name>,
  asked: Asked<Name>,
  key?: CommandKey,
): Promise<void> {
  const { actor, note }: Pick<Asked<'reportDeath' | 'reportTheft'>, 'actor' | 'note'> = asked;
  if (!isStaff(actor.role)) {
    if (!(await isProven())) throw new Problem('second_factor_required');
  } else if (note === undefined)
    throw new Problem('invalid_input', undefined, [{ path: 'note', message: asksStaff[command] }]);
  await commandLease(deps, leaseId, command, asked, key);
}
