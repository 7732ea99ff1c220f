import type { Client } from '@temporalio/client';
import { reconciliationWorkflowId, type ReconciliationInput } from '#workflows/reconciliation/messages';
import { startOptions, type Start } from './start-workflow.ts';

/** Starts a reconciliation, or joins the one of that day that is under way. @returns its end, to be waited for. */
export async function startReconciliation(
  temporal: Client,
  prefix: string,
  input: ReconciliationInput,
): Promise<{ readonly end: Promise<unknown> }> {
  const { provider, market, date } = input;
  const start: Start<'reconciliation'> = {
    type: 'reconciliation',
    id: reconciliationWorkflowId(prefix, input),
    args: [input],
    summary: `${provider}, ${market ?? 'all markets'}, ${date}`,
  };
  const options = startOptions({ config: { TASK_QUEUE_PREFIX: prefix } }, start);
  const started = await temporal.workflow.start(start.type, { ...options, workflowIdConflictPolicy: 'USE_EXISTING' });
  return { end: started.result() };
}
