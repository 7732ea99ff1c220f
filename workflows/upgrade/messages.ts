import { defineSignal } from '@temporalio/workflow';

/**
 * The contract of the exchange of a vehicle: what people do with it is done in the books, and told here. Names and
 * meanings are never changed while upgrades run.
 */
export const upgradeWorkflowId = (upgradeId: string) => `upgrade-${upgradeId}`;

export interface UpgradeInput {
  readonly upgradeId: string;
}

/** It has moved on in the books: they are read again. Harmless to repeat. */
export const upgradeMoved = defineSignal('upgradeMoved');
