import type { ActivityOptions } from '@temporalio/workflow';
import { DEFECT, REFUSAL } from '#domain/failures';

/**
 * How a workflow's transactions are tried again. What went wrong is named by the workers (see
 * `workers/interceptors/failures.ts`): a refusal only who can take one hears; a defect
 * comes back the same until somebody mends it; everything else passes by itself.
 */
const transaction = { startToCloseTimeout: '30s' } as const;
const backOff = { initialInterval: '500ms', maximumInterval: '30s' } as const;

/**
 * For the workflow's own steps: tried until it is done. Whatever comes back the same, a refusal too, is tried ever
 * more rarely and told to somebody: no workflow ends because nobody could go on with it.
 */
export const untilDone: ActivityOptions = { ...transaction, retry: backOff };

/** For a step that may be refused because somebody was quicker: its workflow takes the refusal and goes on. */
export const refusable: ActivityOptions = {
  ...transaction,
  retry: { ...backOff, nonRetryableErrorTypes: [REFUSAL] },
};

/** For what a person asked and waits for: what would come back the same is answered at once. */
export const answering: ActivityOptions = {
  ...transaction,
  retry: { ...backOff, nonRetryableErrorTypes: [REFUSAL, DEFECT] },
};
