import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { errorCodes, type ErrorCode } from '#domain/errors';
import { DEFECT, REFUSAL } from '#domain/failures';

/**
 * A refusal that the API answers as problem+json with this code.
 *
 * @param asked the request that met it, of a command that was accepted before and of which nothing was done: the server keeps
 * the failure for the command's id as long as the run lasts, and who sends it again is to be told how it is then
 */
export function refusal(code: ErrorCode, detail: string = errorCodes[code][1], asked?: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: REFUSAL,
    message: detail,
    details: [code, detail, [], ...(asked === undefined ? [] : [null, asked])],
    nonRetryable: true,
  });
}

/**
 * The failure of a command that is broken. The server keeps it for the command's id as long as the run lasts, so it names
 * the request that met it: who sends the command again can tell an old outcome from his own.
 */
function broken(cause: Error, asked: string | null): ApplicationFailure {
  const detail = errorCodes.internal[1];
  return ApplicationFailure.create({
    type: REFUSAL,
    message: detail,
    details: ['internal', detail, [], null, asked],
    nonRetryable: true,
    cause,
  });
}

/** True where an activity refused what it was asked for. */
export function isRefused(error: unknown): boolean {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === REFUSAL;
}

/**
 * What a person's command ends with: the `Problem` that an activity refused with; `internal` where the
 * activity or the command itself is broken, since trying again would not help; otherwise the error itself.
 *
 * @param asked the request of whoever waits for it, as its sender names it
 */
export function asRefusal(error: unknown, asked: string | null = null): unknown {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure && cause.type === REFUSAL) return cause;
  return cause instanceof Error && isBroken(error) ? broken(cause, asked) : error;
}

const causeOf = (error: unknown) => (error instanceof ActivityFailure ? error.cause : error);

/** True for a defect of an activity, and for the workflow's own errors, which would be tried again until it is mended. */
export function isBroken(error: unknown): boolean {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) return cause.type === DEFECT;
  return error instanceof RangeError || error instanceof TypeError;
}
