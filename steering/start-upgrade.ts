import { searchAttributes } from '#platform/temporal/search-attributes';
import { upgradeWorkflowId } from '#workflows/upgrade/messages';
import { startWorkflow, type Steering } from './start-workflow.ts';

/** Starts the workflow of an exchange; one that runs already is enough. */
export async function startUpgrade(
  steering: Steering,
  upgrade: { readonly id: string; readonly customerId: string; readonly vehicleId: string },
): Promise<void> {
  await startWorkflow(steering, {
    type: 'upgrade',
    id: upgradeWorkflowId(upgrade.id),
    args: [{ upgradeId: upgrade.id }],
    summary: 'an exchange of a leased vehicle for another one',
    searchAttributes: [
      { key: searchAttributes.customer, value: upgrade.customerId },
      { key: searchAttributes.vehicle, value: upgrade.vehicleId },
    ],
  });
}
