import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { errorCodes, type ErrorCode } from '#domain/errors';

/** A refusal that the API answers as problem+json with this code. */
export function refusal(code: ErrorCode, detail: string = errorCodes[code][1], cause?: Error): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Problem',
    message: detail,
    details: [code, detail, []],
    nonRetryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** True where an activity refused what it was asked for. */
export function isRefused(error: unknown): boolean {
  return (
    error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === 'Problem'
  );
}

/**
 * What a person's command ends with: the `Problem` that an activity refused with; `internal` where the
 * activity or the command itself is broken, since trying again would not help; otherwise the error itself.
 */
export function asRefusal(error: unknown): unknown {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === 'Problem') return cause;
  if (cause instanceof ApplicationFailure && cause.type === 'Defect') return refusal('internal', undefined, cause);
  // The workflow's own error would be tried again until the code is mended, and the workflow would stand still.
  const isBroken = error instanceof RangeError || error instanceof TypeError;
  return isBroken ? refusal('internal', undefined, error) : error;
}
