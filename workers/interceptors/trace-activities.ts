import { CompleteAsyncError } from '@temporalio/activity';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import { traceOfPayment } from '#db/queries/payments';
import type { Database } from '#db/client';
import { traceIn } from '#platform/temporal/trace-calls';
import { isTracing, tellPastSpan, traced } from '#platform/tracing/traced';
import type { TracingSinks } from '#workflows/kit/tracing';

/**
 * An activity goes on in the trace of what its workflow was asked. Where the workflow came to it by itself, as by a timer,
 * it begins one, or goes on in the one in which its payment was sent.
 */
export function traceActivities(db: Database): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        if (!isTracing()) return next(input);
        const attributes = {
          ...(info.workflowExecution && placeOf(info.workflowExecution)),
          'temporal.attempt': info.attempt,
        };
        const parent = traceIn(input.headers) ?? (await traceOfArgument(db, input.args));
        const options = { kind: 'consumer', attributes, parent, isFault: isNotDone } as const;
        return traced(`activity ${info.activityType}`, options, () => next(input));
      },
    },
  });
}

/** What workflows tell of themselves. */
export const tracingSinks: InjectedSinks<TracingSinks> = {
  tracing: {
    handled: {
      fn: ({ workflowType, ...info }, name, span, parent, began, ended, failed) =>
        tellPastSpan(
          { name, span, parent, began, ended, failed },
          { ...placeOf(info), 'temporal.workflow.type': workflowType },
        ),
    },
  },
};

function placeOf({ workflowId, runId }: { readonly workflowId: string; readonly runId: string }) {
  return { 'temporal.workflow.id': workflowId, 'temporal.run.id': runId };
}

/** What waits for a provider's callback goes on elsewhere. */
const isNotDone = (error: unknown) => !(error instanceof CompleteAsyncError);

async function traceOfArgument(db: Database, [first]: readonly unknown[]): Promise<string | null> {
  if (typeof first !== 'object' || first === null || !('attemptId' in first)) return null;
  return typeof first.attemptId === 'string' ? traceOfPayment(db, first.attemptId) : null;
}
