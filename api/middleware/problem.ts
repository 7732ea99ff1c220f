import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import type { Context, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ZodError } from 'zod';
import { ClockNotAdvanced, errorCodes, Problem, TryLater, wrongInput } from '#domain/errors';
import { refusalOf } from '#steering/refusal-of';
import { UnderWay } from '#steering/under-way';
import type { ApiEnvironment } from '../context.ts';
import { underWayAnswer } from '../under-way.ts';

/** When a part that does not answer may be asked again, where nobody knows better. */
const RETRY_AFTER_SECONDS = 2;

/** The app's last resort. What is our fault is logged; what is the client's is in the access log. */
export const onError: ErrorHandler<ApiEnvironment> = (error, c) => {
  if (error instanceof UnderWay) return c.json(underWayAnswer(error), 202, { location: error.lookAt });
  const problem = problemOf(error);
  if (problem.status >= 500) c.get('log').error({ err: error }, 'a request failed');
  return answerProblem(c, problem);
};

/** Every error leaves as problem+json; what is not a `Problem` leaks nothing but its request id. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const refusal = refusalOf(error);
  if (refusal !== null) return refusal;
  if (error instanceof HTTPException) return fromHttp(error);
  return isUnavailable(error) ? new Problem('unavailable') : new Problem('internal');
}

export function answerProblem(c: Context<ApiEnvironment>, problem: Problem): Response {
  const [status, title] = errorCodes[problem.code];
  const body = {
    type: `urn:rent-to-own:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId: c.get('requestId'),
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
    ...(problem instanceof ClockNotAdvanced ? { asOf: problem.asOf.toISOString() } : {}),
  };
  c.header('content-type', 'application/problem+json');
  if (status === 401) c.header('www-authenticate', 'Bearer');
  // The rest of the body is not read: a client that kept the connection would find it closed.
  if (status === 413) c.header('connection', 'close');
  const retryAfter = problem instanceof TryLater ? problem.retryAfterSeconds : RETRY_AFTER_SECONDS;
  if (problem instanceof TryLater || status === 503) c.header('retry-after', String(retryAfter));
  return c.body(JSON.stringify(body), status);
}

/** The dotted path and message of everything that a schema did not like. */
export function invalidInput(error: ZodError): Problem {
  const errors = error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path: path === '' ? 'body' : path, message: messageOf(issue) }];
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'is not a field of this request',
    }));
  });
  return wrongInput(errors);
}

/** Values of a list that are told where a field has none of them. */
const MOST_VALUES = 10;

/** What the schema says, as people say it. */
function messageOf(issue: ZodError['issues'][number]): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is needed';
  if (issue.code !== 'invalid_value' || issue.values.length <= MOST_VALUES) return issue.message;
  const more = issue.values.length - MOST_VALUES;
  return `must be one of ${issue.values.slice(0, MOST_VALUES).join(', ')} and ${more} others`;
}

function fromHttp(error: HTTPException): Problem {
  switch (error.status) {
    case 400:
      return new Problem('invalid_json', undefined, [{ path: 'body', message: 'is not valid JSON' }]);
    case 413:
      return new Problem('payload_too_large');
    case 415:
      return new Problem('unsupported_media_type');
    default:
      return new Problem('internal');
  }
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
]);
/**
 * SQLSTATE of Postgres: a connection that broke, a deadlock, no memory, disk or connection left, an operator who steps in, a
 * disk that errs, an object or a row that is not free.
 */
const postgresAway = /^(?:08...|40...|53...|57...|58...|55000|55P03)$/u;
/** gRPC: deadline exceeded, resource exhausted, unavailable. */
const grpcCodes = new Set([4, 8, 14]);

function isPassing(code: unknown): boolean {
  return connectionCodes.has(String(code)) || postgresAway.test(String(code)) || grpcCodes.has(Number(code));
}

/** True when Postgres or Temporal did not answer: trying again helps. */
function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
    if ('code' in cause && isPassing(cause.code)) return true;
  }
  return false;
}
