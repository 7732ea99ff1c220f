import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findSubmission } from '#db/queries/kyc';
import { Problem } from '#domain/errors';
import { keyOfItsOwn, type CommandKey } from '#steering/command-key';
import { decideKyc } from '#steering/decide-kyc';
import { whoHandedIn } from './handed-in.ts';
import type { KycDecision } from '#workflows/kyc/messages';

/**
 * An agent decides a submission that is in review.
 *
 * @param key the request's idempotency key
 * @throws Problem not_found; same_person for who handed it in; invalid_state when it is not in review.
 */
export async function decideIdentity(
  deps: { readonly db: Database; readonly temporal: Client },
  decision: KycDecision,
  key: CommandKey = keyOfItsOwn(),
): Promise<void> {
  const row = await findSubmission(deps.db, decision.submissionId);
  if (row === null) throw new Problem('not_found');
  if ((await whoHandedIn(deps.db, row.id)) === decision.actor.id) throw new Problem('same_person');
  await decideKyc(deps.temporal, row.userId, decision, key);
}
