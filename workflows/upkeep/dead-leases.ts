import { setCurrentDetails } from '@temporalio/workflow';
import type { DeadLeases, UpkeepActivities } from '#domain/upkeep/wire';
import { activitiesOf } from '../kit/activities.ts';
import { sweeping } from '../kit/retry.ts';

const activities = activitiesOf<UpkeepActivities>('upkeep', sweeping('1 hour'));

/** Goes through all sweeps every few minutes, by the schedule `dead-leases`, and shows what two of them count. */
export async function deadLeases(): Promise<DeadLeases> {
  const found = await activities().findDeadLeases();
  const stuck = found.stuck ?? 0;
  setCurrentDetails(
    [
      `### Leases without their workflow: ${found.dead}\nEach is a case \`workflow_died\`.`,
      `### Workflows whose own code fails: ${stuck}\nEach is a case \`activity_failing\`.`,
    ].join('\n\n'),
  );
  return found;
}
