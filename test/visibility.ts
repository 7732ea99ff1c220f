import type { Client } from '@temporalio/client';
import { eventually } from '#dev/client';

/** Waits until visibility, which lags behind, shows no workflow as running that has ended. */
export const visibilityCaughtUp = (temporal: Client): Promise<true> =>
  eventually('visibility to have caught up', async () => {
    const query = 'ExecutionStatus = "Running"';
    for await (const { workflowId, runId } of temporal.workflow.list({ query })) {
      const { status } = await temporal.workflow.getHandle(workflowId, runId).describe();
      if (status.name !== 'RUNNING' && status.name !== 'PAUSED') return undefined;
    }
    return true;
  });
