import { Problem } from '#domain/errors';
import { isStaff, type Actor } from '#domain/identity/roles';

/** What somebody says of a lease on which all that is collected stops. */
interface Said {
  readonly actor: Actor;
  readonly note?: string | undefined;
  /** Whether whoever has the customer's phone has proven by a second factor who he is: a code, or at a phone his PIN. */
  readonly isProven: () => Promise<boolean>;
}

/**
 * Whoever has the customer's phone proves that he has it, whichever way he comes; staff answer for it with a note.
 *
 * @throws Problem second_factor_required; invalid_input where staff say nothing.
 */
export async function refuseUnproven({ actor, note, isProven }: Said, message: string): Promise<void> {
  if (!isStaff(actor.role)) {
    if (!(await isProven())) throw new Problem('second_factor_required');
  } else if (note === undefined) throw new Problem('invalid_input', undefined, [{ path: 'note', message }]);
}
