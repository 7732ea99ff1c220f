import { ApplicationFailure, executeChild, proxyActivities, uuid4, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ReconciliationActivities } from '#activities/payments/reconciliation/activities';
import { addDays, localDateAt } from '#domain/calendar';
import { activityQueue, prefixOf } from '#domain/task-queues';
import { reconciliationWorkflowId } from './messages.ts';
import { reconciliation } from './reconciliation.ts';

/**
 * Reconciles yesterday, by each market's wall, for every provider that is configured. Started every morning
 * by the schedule `reconciliation`. One provider that fails does not keep the others from being done.
 *
 * @throws ApplicationFailure naming those that failed.
 */
export async function dailyReconciliation(): Promise<void> {
  const prefix = prefixOf(workflowInfo().taskQueue);
  const { statementsToReconcile } = proxyActivities<ReconciliationActivities>({
    taskQueue: activityQueue(prefix, 'payments'),
    startToCloseTimeout: '30s',
  });
  const now = Date.now();
  const failed: string[] = [];
  await Promise.all(
    (await statementsToReconcile()).map(async ({ provider, market }) => {
      const date = addDays(localDateAt(now, market), -1);
      const input = { reconciliationId: uuid4(), provider, market, date, requestedBy: null };
      try {
        await executeChild(reconciliation, {
          workflowId: reconciliationWorkflowId(prefix, input),
          args: [input],
          staticSummary: `${provider}, ${market}, ${date}`,
        });
      } catch (error) {
        // Somebody asked for it by hand at this moment: that report is as good.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) failed.push(`${provider} in ${market}`);
      }
    }),
  );
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`not reconciled: ${failed.join(', ')}`, 'NotReconciled');
}
