import { ApplicationFailure, executeChild, isCancellation, patched, uuid4, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ReconciliationActivities, Wall } from '#domain/payments/wire';
import { addDays, localDateAt, type LocalDate } from '#domain/calendar';
import { prefixOf } from '#domain/task-queues';
import { scheduledStart } from '#platform/temporal/search-attributes';
import { activitiesOf } from '../kit/activities.ts';
import { reconciliationWorkflowId, type ReconciliationInput } from './messages.ts';
import { reconciliation } from './reconciliation.ts';

/** Minutes for which the statement of an earlier day is waited for: there is another morning. */
const PATIENCE_WITH_EARLIER_DAYS = 10;

type Days = Wall & { readonly dates: readonly LocalDate[] };

/**
 * Reconciles every day that is over and has no good report, by each market's wall, for every provider that is
 * configured: yesterday, and what was missed or failed before. Started every morning by the schedule
 * `reconciliation`; late, twice or made up for, it comes to the same. One that fails keeps no other from being done.
 *
 * @throws ApplicationFailure naming those that failed.
 */
export async function dailyReconciliation(): Promise<void> {
  const { startTime, typedSearchAttributes } = workflowInfo();
  const scheduledAt = typedSearchAttributes.get(scheduledStart) ?? startTime;
  const days = patched('every-day-without-a-report')
    ? await reconciliations().daysToReconcile({ scheduledAt: scheduledAt.toISOString() })
    : (await reconciliations().statementsToReconcile()).map(yesterday);
  const failed = (await Promise.all(days.map(reconcileInTurn))).flat();
  if (failed.length > 0) throw ApplicationFailure.nonRetryable(`not reconciled: ${failed.join(', ')}`, 'NotReconciled');
}

const reconciliations = activitiesOf<ReconciliationActivities>('payments');

const yesterday = (wall: Wall): Days => ({ ...wall, dates: [addDays(localDateAt(Date.now(), wall.market), -1)] });

/** One day after the other, the oldest first. @returns those that failed, in words. */
async function reconcileInTurn({ provider, market, dates }: Days): Promise<string[]> {
  const failed: string[] = [];
  for (const date of dates) {
    const input = { reconciliationId: uuid4(), provider, market, date, requestedBy: null, ifMissing: true } as const;
    const isLast = date === dates.at(-1);
    const isDone = await reconciled(isLast ? input : { ...input, patience: PATIENCE_WITH_EARLIER_DAYS });
    if (!isDone) failed.push(`${provider} in ${market} on ${date}`);
  }
  return failed;
}

async function reconciled(input: ReconciliationInput): Promise<boolean> {
  const { provider, market, date } = input;
  try {
    await executeChild(reconciliation, {
      workflowId: reconciliationWorkflowId(prefixOf(workflowInfo().taskQueue), input),
      args: [input],
      staticSummary: `${provider}, ${market}, ${date}`,
    });
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Somebody asked for it by hand at this moment: that report is as good, or the next morning makes another.
    return error instanceof WorkflowExecutionAlreadyStartedError;
  }
}
