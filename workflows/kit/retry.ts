import type { ActivityOptions } from '@temporalio/workflow';

/**
 * How a workflow's transactions are tried again. What went wrong is named by the workers (see
 * `workers/interceptors/name-failures.ts`): a `Problem` is a refusal, a `Defect` comes back the same until
 * somebody mends it, everything else passes by itself.
 */
const transaction = { startToCloseTimeout: '30s' } as const;
const backOff = { initialInterval: '500ms', maximumInterval: '30s' } as const;

/** For the workflow's own steps: tried until it is done. A defect is tried ever more rarely, and told to somebody. */
export const untilDone: ActivityOptions = {
  ...transaction,
  retry: { ...backOff, nonRetryableErrorTypes: ['Problem'] },
};

/** For what a person asked and waits for: what would come back the same is answered at once. */
export const answering: ActivityOptions = {
  ...transaction,
  retry: { ...backOff, nonRetryableErrorTypes: ['Problem', 'Defect'] },
};
