import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { traced, traceparentNow } from '../tracing/traced.ts';

/** Name of the header that says in which trace a workflow or an activity was asked for. */
const HEADER = 'traceparent';

/** What a caller of workflows says of its trace: nothing where there is none. */
function withTrace(headers: Headers): Headers {
  const traceparent = traceparentNow();
  return traceparent === undefined ? headers : { ...headers, [HEADER]: defaultPayloadConverter.toPayload(traceparent) };
}

/** The `traceparent` of whoever asked; null where there is none. */
export function traceIn(headers: Headers): string | null {
  const payload = headers[HEADER];
  if (payload === undefined) return null;
  const text: unknown = defaultPayloadConverter.fromPayload(payload);
  return typeof text === 'string' ? text : null;
}

/** Starts, updates and signals are spans, and go on in the workflow. */
export const traceCalls: WorkflowClientInterceptor = {
  startWithDetails: (input, next) =>
    traced(`start ${input.workflowType}`, { kind: 'producer' }, () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  signal: (input, next) =>
    traced(`signal ${input.signalName}`, { kind: 'producer' }, () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  signalWithStart: (input, next) =>
    traced(`signal ${input.signalName}`, { kind: 'producer' }, () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  startUpdate: (input, next) =>
    traced(`update ${input.updateName}`, { kind: 'client' }, () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  startUpdateWithStart: (input, next) =>
    traced(`update ${input.updateName}`, { kind: 'client' }, () =>
      next({
        ...input,
        workflowStartHeaders: withTrace(input.workflowStartHeaders),
        updateHeaders: withTrace(input.updateHeaders),
      }),
    ),
};
