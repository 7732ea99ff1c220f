import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { polling } from '#activities/payments';
import { Problem, TryLater, type ErrorCode } from '#domain/errors';
import { DEFECT, OUTAGE, PROVIDER, REFUSAL, type FailureKind } from '#domain/failures';
import { describeError, sqlStateOf } from '#platform/describe-error';
import { ProviderFailure } from '#providers/provider-failure';

export interface NamedFailure {
  readonly kind: FailureKind;
  /** SQLSTATE, a word of the system, or the name of the error. */
  readonly code: string;
  /** What Temporal hears: no value of a query or a body is in it. */
  readonly failure: ApplicationFailure;
}

/** Classes of SQLSTATE: data, integrity, our own exceptions, schema and statement, limits of the program. */
const sameAgain: ReadonlySet<string> = new Set(['22', '23', 'P0', '42', '54']);
const brokenCode: ReadonlySet<string> = new Set([
  'RangeError',
  'SyntaxError',
  'TypeError',
  'ReferenceError',
  'ZodError',
]);
/** Words of the driver for what it cannot send. */
const unsendable: ReadonlySet<string> = new Set(['UNDEFINED_VALUE', 'MAX_PARAMETERS_EXCEEDED']);
/** Words of sockets and of the driver for a connection that is not there. */
const connection = /^(E[A-Z]+|CONNECT(_TIMEOUT|ION_[A-Z]+)|UND_ERR_(SOCKET|CONNECT_TIMEOUT))$/;

function kindOf(error: unknown): FailureKind {
  if (error instanceof Problem) return error instanceof TryLater ? OUTAGE : DEFECT;
  const state = sqlStateOf(error);
  if (state !== null) return sameAgain.has(state.slice(0, 2)) ? DEFECT : OUTAGE;
  const chain = [...causesOf(error)];
  if (chain.some((one) => one instanceof ProviderFailure)) return PROVIDER;
  const codes = chain.map((one) => ('code' in one ? String(one.code) : ''));
  if (codes.some((code) => connection.test(code))) return OUTAGE;
  const isDefect = chain.some(({ name }) => brokenCode.has(name)) || codes.some((code) => unsendable.has(code));
  return isDefect ? DEFECT : OUTAGE;
}

function* causesOf(error: unknown): Generator<Error> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) yield cause;
}

const SECOND = 1_000;
/** Milliseconds between two tries at most. */
const LONGEST = { [DEFECT]: 3_600 * SECOND, [PROVIDER]: 30 * SECOND, [OUTAGE]: 30 * SECOND } as const;

/** True for what a person asked and waits for: see `workflows/kit/retry.ts`. */
export function answersPerson({ retryPolicy }: Pick<Info, 'retryPolicy'>): boolean {
  return retryPolicy?.nonRetryableErrorTypes?.includes(DEFECT) ?? false;
}

/** True where the workflow goes on with a refusal: for any other it is a step that cannot be done. */
function takesRefusals({ retryPolicy }: Pick<Info, 'retryPolicy'>): boolean {
  return retryPolicy?.nonRetryableErrorTypes?.includes(REFUSAL) ?? false;
}

/** @param tries in a row that failed, this one included */
export function nameFailure(error: unknown, info: Pick<Info, 'activityType'>, tries: number): NamedFailure {
  const kind = kindOf(error);
  const described = describeError(error);
  const code = described.reason ?? described.type;
  const nextRetryDelay = Math.min(LONGEST[kind], (SECOND / 2) * 2 ** Math.min(tries, 30));
  const failure = ApplicationFailure.create({
    type: kind,
    message: described.message,
    details: [code],
    // Where a policy backs off by itself, what passes follows it.
    ...(kind === DEFECT || polling.has(info.activityType) ? { nextRetryDelay } : {}),
  });
  failure.stack = [`${kind}: ${described.message}`, ...described.frames].join('\n');
  return { kind, code, failure };
}

/** Constraints that say something to the person who meets them. */
const meanings: Readonly<Record<string, readonly [ErrorCode, string?]>> = {
  attempts_receipt: ['receipt_conflict'],
  attempts_cash_receipt: ['receipt_conflict'],
  promises_open: ['promise_refused', 'there is an open promise already'],
};

/**
 * The refusal that an error is, where somebody takes one: a `Problem`, or a constraint that says something to the
 * person who waits.
 */
export function refusalIn(error: unknown, info: Pick<Info, 'retryPolicy'>): Problem | null {
  if (error instanceof Problem) return takesRefusals(info) ? error : null;
  if (!answersPerson(info)) return null;
  const { constraint } = describeError(error);
  const meaning = constraint === undefined ? undefined : meanings[constraint];
  return meaning === undefined ? null : new Problem(...meaning);
}

/** A refusal is not a fault: it is not tried again, and it keeps its code on the way to whoever asked. */
export function asFailure(problem: Problem): ApplicationFailure {
  const { code, message, errors } = problem;
  const later = problem instanceof TryLater ? [problem.retryAfterSeconds] : [];
  const details = [code, message, errors, ...later];
  return ApplicationFailure.create({ type: REFUSAL, message, details, nonRetryable: true });
}
