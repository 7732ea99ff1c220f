import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { upgradeWorkflowId, type UpgradeInput } from '#workflows/upgrade/messages';
import { startWorkflow } from './start-workflow.ts';

/** Starts the workflow of an exchange; one that runs already is enough. */
export async function startUpgrade(
  {
    temporal,
    config,
  }: { readonly temporal: Pick<Client, 'workflow'>; readonly config: { readonly TASK_QUEUE_PREFIX: string } },
  upgrade: { readonly id: string; readonly customerId: string; readonly vehicleId: string },
): Promise<void> {
  await startWorkflow(temporal, 'upgrade', {
    workflowId: upgradeWorkflowId(upgrade.id),
    taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
    args: [{ upgradeId: upgrade.id }] as [UpgradeInput],
    staticSummary: 'an exchange of a leased vehicle for another one',
    typedSearchAttributes: [
      { key: searchAttributes.customer, value: upgrade.customerId },
      { key: searchAttributes.vehicle, value: upgrade.vehicleId },
    ],
  });
}
