import { searchAttributes } from '#platform/temporal/search-attributes';
import { immobilisationWorkflowId, lookAgain } from '#workflows/immobilisation/messages';
import { startOrSignal, startWorkflow, type Start, type Steering } from './start-workflow.ts';

const start = (vehicleId: string): Start<'immobilisation'> => ({
  type: 'immobilisation',
  id: immobilisationWorkflowId(vehicleId),
  args: [{ vehicleId }],
  summary: 'a vehicle that is stopped, from its gates until it moves again',
  searchAttributes: [{ key: searchAttributes.vehicle, value: vehicleId }],
});

/** Has the workflow of a vehicle look at its immobilisation, and starts it where it does not run. */
export const wakeImmobilisation = (steering: Steering, vehicleId: string): Promise<void> =>
  startOrSignal(steering, start(vehicleId), lookAgain);

/** Starts the workflow of a vehicle where it does not run, as after it was terminated. */
export async function ensureImmobilisation(steering: Steering, vehicleId: string): Promise<void> {
  await startWorkflow(steering, start(vehicleId));
}
