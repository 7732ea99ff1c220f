import type { Database } from '#db/client';
import { Problem } from '#domain/errors';
import { isStaff, type Actor } from '#domain/identity/roles';
import type { Encryption } from '#platform/encryption';
import { transact, type Context } from '../context.ts';
import { provesPresence } from '../identity/proves-presence.ts';

interface Asker {
  readonly id: string;
  readonly sessionId: string;
  readonly actor: Actor;
}

/**
 * Does what binds a person, once he has proven that he has his phone in his hand; staff act in their own name.
 *
 * @param at on the clock of the lease that it is about
 * @throws Problem second_factor_required
 */
export async function withProof<T>(
  { db, encryption }: { readonly db: Database; readonly encryption: Encryption },
  { id: userId, sessionId, actor }: Asker,
  { code, at }: { readonly code: string | undefined; readonly at: Date },
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const claim = { userId, sessionId, code };
  const isProven =
    isStaff(actor.role) ||
    (await transact(db, actor, new Date(), (context) => provesPresence(context, encryption, claim)));
  if (!isProven) throw new Problem('second_factor_required');
  return transact(db, actor, at, work);
}
