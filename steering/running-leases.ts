import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Standing } from '#domain/leases/standing';
import { workflowQueue } from '#domain/task-queues';
import { currentStanding, leaseWorkflowId } from '#workflows/lease/messages';

/** Ids of the leases whose workflows run, by visibility, which lags behind. */
export async function* runningLeases(temporal: Pick<Client, 'workflow'>, prefix: string): AsyncGenerator<string> {
  const query = [
    'WorkflowType = "lease"',
    'ExecutionStatus = "Running"',
    `TaskQueue = "${workflowQueue(prefix)}"`,
  ].join(' AND ');
  const begin = leaseWorkflowId('');
  for await (const { workflowId } of temporal.workflow.list({ query })) yield workflowId.slice(begin.length);
}

/** Milliseconds for a worker to answer. */
const PATIENCE = 10_000;

/**
 * What the workflow of a lease knows of where it stands; null where it knows nothing yet, `silent` where it does not say.
 *
 * @param patience milliseconds
 */
export async function standingKnownTo(
  temporal: Client,
  leaseId: string,
  patience = PATIENCE,
): Promise<Standing | null | 'silent'> {
  try {
    const handle = temporal.workflow.getHandle(leaseWorkflowId(leaseId));
    return await temporal.withDeadline(Date.now() + patience, () => handle.query(currentStanding));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    return 'silent';
  }
}
