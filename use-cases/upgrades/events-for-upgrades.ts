import type { Client } from '@temporalio/client';
import { catalogue, type EventType } from '#domain/events/catalogue';
import { signalWorkflow } from '#steering/signal-workflow';
import { startUpgrade } from '#steering/start-upgrade';
import { upgradeMoved, upgradeWorkflowId } from '#workflows/upgrade/messages';
import type { Reader } from '../events/read-batch.ts';

/** Milliseconds that Temporal may take to accept it. */
const PATIENCE = 10_000;
const types = [
  'upgrade.requested',
  'upgrade.approved',
  'upgrade.completed',
  'upgrade.ended',
] as const satisfies readonly EventType[];
const told = catalogue['upgrade.requested'].payload.pick({ upgradeId: true, customerId: true, vehicleId: true });

/** Starts the workflow of an exchange that was asked for, and tells it what people have done. */
export function eventsForUpgrades(deps: {
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
}): Reader {
  const { temporal } = deps;
  return {
    name: 'upgrade-workflows',
    types,
    async take({ type, data }) {
      const { upgradeId: id, ...about } = told.parse(data);
      await temporal.withDeadline(Date.now() + PATIENCE, async () => {
        if (type === 'upgrade.requested') await startUpgrade(deps, { id, ...about });
        else await signalWorkflow(temporal, upgradeWorkflowId(id), upgradeMoved);
      });
    },
  };
}
