import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';

/**
 * The workflows that stand still because their own code fails, and how often each was tried. Temporal marks a run after
 * some failures in a row (5 by default, `system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute`).
 */
export async function* stuckWorkflows(
  temporal: Client,
  prefix: string,
): AsyncGenerator<{ readonly workflowId: string; readonly tries: number }> {
  const query = [
    'TemporalReportedProblems IN ("category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut")',
    'ExecutionStatus = "Running"',
    `TaskQueue = "${workflowQueue(prefix)}"`,
  ].join(' AND ');
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    const tries = raw.pendingWorkflowTask?.attempt ?? 0;
    // Visibility lags behind: one that goes on again has no task, or its first try.
    if (tries >= 2) yield { workflowId, tries };
  }
}
