import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import { reconciliationWorkflowId, type ReconciliationInput } from '#workflows/reconciliation/messages';

/** Starts a reconciliation, or joins the one of that day that is under way. @returns its end, to be waited for. */
export async function startReconciliation(
  temporal: Client,
  prefix: string,
  input: ReconciliationInput,
): Promise<{ readonly end: Promise<unknown> }> {
  const { provider, market, date } = input;
  const started = await temporal.workflow.start<(input: ReconciliationInput) => Promise<unknown>>('reconciliation', {
    workflowId: reconciliationWorkflowId(prefix, input),
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue: workflowQueue(prefix),
    args: [input],
    staticSummary: `${provider}, ${market ?? 'all markets'}, ${date}`,
  });
  return { end: started.result() };
}
