import { defineSignal } from '@temporalio/workflow';

/** The contract of a vehicle's immobilisation. Names and meanings are never changed while one runs. */
export const immobilisationWorkflowId = (vehicleId: string) => `immobilisation-${vehicleId}`;

export interface ImmobilisationInput {
  readonly vehicleId: string;
}

/** Something has changed: it looks again at once. Harmless to repeat. */
export const lookAgain = defineSignal('lookAgain');
