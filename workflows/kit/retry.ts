import type { Duration } from '@temporalio/common';
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
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

/**
 * For what asks a provider, who may be down for hours.
 *
 * @param answersWithin how long one question takes at most
 * @param patience for how long it is asked in all; without it until there is an answer
 */
export const askingProvider = (answersWithin: Duration, patience?: Duration): ActivityOptions => ({
  startToCloseTimeout: answersWithin,
  ...(patience === undefined ? {} : { scheduleToCloseTimeout: patience }),
  retry: { ...backOff, maximumInterval: '5 minutes' },
});

/** For a text to somebody: worth a day of tries, the first dozen within the first hour, not a stuck workflow. */
export const message: ActivityOptions = { ...transaction, retry: { maximumAttempts: 36, maximumInterval: '1h' } };

/** For work through many rows, which says again and again that it goes on. @param within for how long it is tried */
export const sweeping = (within: Duration): ActivityOptions => ({
  startToCloseTimeout: '20 minutes',
  scheduleToCloseTimeout: within,
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '1s', maximumInterval: '1 minute' },
});

/**
 * For an activity that polls a provider, once a try, and says by itself when it has asked long enough. Its
 * start-to-close time-out is the interval in seconds, with next to no back-off: both pass on the wall's clock even while
 * the workflow travels in time. What fails in it brings its own back-off (`polling`). No heartbeat: a heartbeat's time-out
 * would end a wait that is healthy.
 */
export const pollingEvery = (seconds: number): ActivityOptions => ({
  startToCloseTimeout: seconds * 1000,
  retry: { initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 },
});

/** Longest interval between two looks at something pending, milliseconds. */
const LONGEST_POLL = 300_000;

/**
 * For an activity that polls at growing intervals for so many milliseconds. The server gives up when the next try would
 * come after them, so that the intervals stay small beside them. It is dropped as soon as its workflow cancels it.
 */
export function pollingFor(leftMs: number): ActivityOptions {
  const left = Math.max(1_000, leftMs);
  return {
    startToCloseTimeout: '90s',
    scheduleToCloseTimeout: left,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: {
      initialInterval: Math.min(1_000, left / 5),
      backoffCoefficient: 2,
      maximumInterval: Math.min(LONGEST_POLL, Math.max(1_000, left / 20)),
    },
  };
}
