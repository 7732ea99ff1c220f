import type { Client } from '@temporalio/client';
import { workflowQueue } from '#domain/task-queues';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { startWorkflow } from './start-workflow.ts';
import { immobilisationWorkflowId, lookAgain, type ImmobilisationInput } from '#workflows/immobilisation/messages';

interface Steering {
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
}

const start = ({ config }: Steering, vehicleId: string) => ({
  workflowId: immobilisationWorkflowId(vehicleId),
  taskQueue: workflowQueue(config.TASK_QUEUE_PREFIX),
  args: [{ vehicleId }] as [ImmobilisationInput],
  staticSummary: 'a vehicle that is stopped, from its gates until it moves again',
  typedSearchAttributes: [{ key: searchAttributes.vehicle, value: vehicleId }],
});

/** Has the workflow of a vehicle look at its immobilisation, and starts it where it does not run. */
export async function lookAtImmobilisation(steering: Steering, vehicleId: string): Promise<void> {
  const signalled = { ...start(steering, vehicleId), signal: lookAgain, signalArgs: [] as [] };
  await steering.temporal.workflow.signalWithStart<(input: ImmobilisationInput) => Promise<void>>(
    'immobilisation',
    signalled,
  );
}

/** Starts the workflow of a vehicle where it does not run, as after it was terminated. */
export async function ensureImmobilisation(steering: Steering, vehicleId: string): Promise<void> {
  await startWorkflow(steering.temporal, 'immobilisation', start(steering, vehicleId));
}
