import { proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { DeadLeases, UpkeepActivities } from '#domain/upkeep/wire';
import { activityQueue, prefixOf } from '#domain/task-queues';

/** Looks for leases whose workflow died, and for workflows that stand still, every few minutes by the schedule `dead-leases`. */
export async function deadLeases(): Promise<DeadLeases> {
  const { findDeadLeases } = proxyActivities<UpkeepActivities>({
    taskQueue: activityQueue(prefixOf(workflowInfo().taskQueue), 'upkeep'),
    startToCloseTimeout: '20 minutes',
    scheduleToCloseTimeout: '1 hour',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: '1s', maximumInterval: '1 minute' },
  });
  const found = await findDeadLeases();
  const stuck = found.stuck ?? 0;
  setCurrentDetails(
    [
      `### Leases without their workflow: ${found.dead}\nEach is a case \`workflow_died\`.`,
      `### Workflows whose own code fails: ${stuck}\nEach is a case \`activity_failing\`.`,
    ].join('\n\n'),
  );
  return found;
}
