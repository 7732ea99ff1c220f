import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { errorCodes, Problem, TryLater, type ErrorCode } from '#domain/errors';
import { REFUSAL } from '#domain/failures';

const details = z.tuple([
  z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  z.string(),
  z.array(z.object({ path: z.string(), message: z.string() })),
  z.number().nullish(),
  z.string().nullish(),
]);

/** A workflow's refusal: an ApplicationFailure of that type somewhere in the chain of causes. */
export function refusalOf(error: unknown): Problem | null {
  let cause: unknown = error instanceof WorkflowUpdateFailedError ? error.cause : error;
  while (cause instanceof Error) {
    if (cause instanceof ApplicationFailure && cause.type === REFUSAL) {
      const parsed = details.safeParse(cause.details);
      if (parsed.success) {
        const [code, detail, errors, retryAfterSeconds] = parsed.data;
        return problemFrom(code, detail, errors, retryAfterSeconds);
      }
    }
    cause = cause.cause;
  }
  return null;
}

function problemFrom(
  code: ErrorCode,
  detail: string,
  errors: Problem['errors'],
  retryAfterSeconds?: number | null,
): Problem {
  if (typeof retryAfterSeconds === 'number') return new TryLater(code, detail, retryAfterSeconds);
  return new Problem(code, detail, errors);
}
