import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { leaseWorkflowId } from '#workflows/lease/messages';

/** Which of these leases have a workflow that runs, by visibility, which lags behind. */
export async function runningLeases(temporal: Client, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const names = ids.map((id) => `"${leaseWorkflowId(id)}"`).join(', ');
  const running = new Set<string>();
  const query = `WorkflowId IN (${names}) AND ExecutionStatus = "Running"`;
  for await (const { workflowId } of temporal.workflow.list({ query })) running.add(workflowId);
  return new Set(ids.filter((id) => running.has(leaseWorkflowId(id))));
}

/** How the last run of a lease ended; null while it runs. */
export async function lastRunOf(temporal: Client, id: string): Promise<{ status: string; runId: string } | null> {
  try {
    const { status, runId } = await temporal.workflow.getHandle(leaseWorkflowId(id)).describe();
    return status.name === 'RUNNING' ? null : { status: status.name, runId };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { status: 'NOT_FOUND', runId: 'none' };
  }
}
