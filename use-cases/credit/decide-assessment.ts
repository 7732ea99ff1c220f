import { findAssessment, type AssessmentRow } from '#db/queries/credit';
import { Problem } from '#domain/errors';
import type { Asked } from '#domain/leases/commands';
import type { CommandKey } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import type { SteeringDependencies } from '../leases/dependencies.ts';

/**
 * An agent decides a referred assessment; the lease that waits for it goes on.
 *
 * @param key the request's idempotency key
 * @returns the assessment as it is afterwards.
 * @throws Problem not_found, or invalid_state when it is not referred or the lease does not wait for it.
 */
export async function decideAssessment(
  deps: SteeringDependencies,
  decision: Asked<'decideCredit'>,
  key?: CommandKey,
): Promise<AssessmentRow> {
  const row = await findAssessment(deps.db, decision.assessmentId);
  if (row === null) throw new Problem('not_found');
  await commandLease(deps, row.leaseId, 'decideCredit', decision, key);
  return (await findAssessment(deps.db, row.id)) ?? row;
}
