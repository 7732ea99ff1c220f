import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { findAssessment, type AssessmentRow } from '#db/queries/credit';
import { Problem } from '#domain/errors';
import { decideCredit, leaseWorkflowId, type CreditDecision } from '#workflows/lease/messages';

/**
 * An agent decides a referred assessment; the lease that waits for it goes on.
 *
 * @param key the request's idempotency key
 * @returns the assessment as it is afterwards.
 * @throws Problem not_found, or invalid_state when it is not referred or the lease does not wait for it.
 */
export async function decideAssessment(
  { db, temporal }: { readonly db: Database; readonly temporal: Pick<Client, 'workflow'> },
  decision: CreditDecision,
  key: string = randomUUID(),
): Promise<AssessmentRow> {
  const row = await findAssessment(db, decision.assessmentId);
  if (row === null) throw new Problem('not_found');
  if (row.status !== 'referred') throw new Problem('invalid_state', `the assessment is ${row.status}, not referred`);
  try {
    await temporal.workflow
      .getHandle(leaseWorkflowId(row.leaseId))
      .executeUpdate(decideCredit, { args: [decision], updateId: `credit-${key}` });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new Problem('invalid_state', 'the application is over');
  }
  return (await findAssessment(db, row.id)) ?? row;
}
