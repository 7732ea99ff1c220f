import { findAssessment, type AssessmentRow } from '#db/queries/credit';
import { Problem } from '#domain/errors';
import { decideCredit, type CreditDecision } from '#workflows/lease/messages';
import type { CommandKey } from './command-key.ts';
import { commandLease, type LeaseCommandDependencies } from './lease-commands.ts';

/**
 * An agent decides a referred assessment; the lease that waits for it goes on.
 *
 * @param key the request's idempotency key
 * @returns the assessment as it is afterwards.
 * @throws Problem not_found, or invalid_state when it is not referred or the lease does not wait for it.
 */
export async function decideAssessment(
  deps: LeaseCommandDependencies,
  decision: CreditDecision,
  key?: CommandKey,
): Promise<AssessmentRow> {
  const row = await findAssessment(deps.db, decision.assessmentId);
  if (row === null) throw new Problem('not_found');
  await commandLease(deps, row.leaseId, decideCredit, decision, key);
  return (await findAssessment(deps.db, row.id)) ?? row;
}
