import { proxyActivities, workflowInfo, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import { activityQueue, prefixOf, type Capability } from '#domain/task-queues';
import { untilDone } from './retry.ts';

/**
 * The activities of a capability, on its own task queue of the platform that the workflow runs on.
 *
 * @param usual how they are tried again where a call says nothing else: one of the kinds in `retry.ts`
 */
export function activitiesOf<Activities>(capability: Capability, usual: ActivityOptions = untilDone) {
  return (policy: ActivityOptions = usual): ActivityInterfaceFor<Activities> =>
    proxyActivities<Activities>({
      ...policy,
      taskQueue: activityQueue(prefixOf(workflowInfo().taskQueue), capability),
    });
}
