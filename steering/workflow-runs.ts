import { WorkflowNotFoundError, type Client } from '@temporalio/client';

/** Which of these workflows run, by visibility, which lags behind. */
export async function runningWorkflows(
  temporal: Pick<Client, 'workflow'>,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const names = ids.map((id) => `"${id}"`).join(', ');
  const running = new Set<string>();
  const query = `WorkflowId IN (${names}) AND ExecutionStatus = "Running"`;
  for await (const { workflowId } of temporal.workflow.list({ query })) running.add(workflowId);
  return running;
}

/** How the last run of a workflow ended; null while it runs, or an operator has paused it. */
export async function lastRunOf(
  temporal: Pick<Client, 'workflow'>,
  id: string,
): Promise<{ status: string; runId: string } | null> {
  try {
    const { status, runId } = await temporal.workflow.getHandle(id).describe();
    return goesOn.has(status.name) ? null : { status: status.name, runId };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { status: 'NOT_FOUND', runId: 'none' };
  }
}

const goesOn: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED']);

/** Those of these workflows that do not go on. */
export async function hasDied(temporal: Pick<Client, 'workflow'>, ids: readonly string[]): Promise<Set<string>> {
  const running = await runningWorkflows(temporal, ids);
  const dead = new Set<string>();
  for (const id of ids) if (!running.has(id) && (await lastRunOf(temporal, id)) !== null) dead.add(id);
  return dead;
}
