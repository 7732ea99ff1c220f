import { ApplicationFailure } from '@temporalio/workflow';

/**
 * A run that is about to continue as new takes no commands for a moment: nothing was done, the same command is
 * taken by the next run.
 */
export const RENEWING = 'Renewing';

/**
 * Between the id of a command and how often it was sent since it was broken: an update of its own, for one and the same
 * command.
 */
export const AGAIN = '~';

/** @param asked as of `refusal`: of a command that was accepted before. */
export function renewing(asked?: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: RENEWING,
    message: 'the run is renewed; send it again',
    details: asked === undefined ? [] : [asked],
    nonRetryable: true,
  });
}
