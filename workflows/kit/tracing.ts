import {
  AsyncLocalStorage,
  defaultPayloadConverter,
  getRandomStream,
  proxySinks,
  type Sinks,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import type { Headers } from '@temporalio/common';
import { formatTraceparent, parseTraceparent, type TraceParent } from '#domain/traceparent';

/** What a workflow tells its worker of itself; nothing of it is in its history. */
export interface TracingSinks extends Sinks {
  readonly tracing: {
    /** Times in epoch milliseconds of the workflow's clock. */
    handled(name: string, span: TraceParent, parent: TraceParent, began: number, ended: number, failed: boolean): void;
  };
}

const HEADER = 'traceparent';
/** A trace is of what follows within so many milliseconds: a lease lives for years. */
const LASTS = 600_000;

interface Followed {
  readonly span: TraceParent;
  readonly until: number;
}

const following = new AsyncLocalStorage<Followed>();

/**
 * What is asked of a workflow goes on in its activities, in the workflows that it starts and in those that it signals, by
 * headers. Where nobody traces there are none, and nothing happens here. No promise is put between: the order in which
 * a workflow's coroutines go on, and so what it commands, is the same with it and without.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      execute(input, next) {
        const span = traceIn(input.headers);
        return span === null ? next(input) : following.run({ span, until: Date.now() + LASTS }, () => next(input));
      },
      handleUpdate: (input, next) => handled(`handle update ${input.name}`, input.headers, () => next(input)),
      handleSignal: (input, next) => handled(`handle signal ${input.signalName}`, input.headers, () => next(input)),
    },
  ],
  outbound: [
    {
      scheduleActivity: (input, next) => next(carrying(input)),
      startChildWorkflowExecution: (input, next) => next(carrying(input)),
      signalWorkflow: (input, next) => next(carrying(input)),
    },
  ],
});

function handled<T>(name: string, headers: Headers, work: () => Promise<T>): Promise<T> {
  const parent = traceIn(headers);
  if (parent === null) return work();
  const span = { ...parent, spanId: newSpanId() };
  const began = Date.now();
  const result = following.run({ span, until: began + LASTS }, work);
  if (parent.sampled) {
    const { tracing } = proxySinks<TracingSinks>();
    const tell = (failed: boolean) => tracing.handled(name, span, parent, began, Date.now(), failed);
    result.then(
      () => tell(false),
      () => tell(true),
    );
  }
  return result;
}

function carrying<Input extends { readonly headers: Headers }>(input: Input): Input {
  const now = following.getStore();
  if (now === undefined || Date.now() > now.until) return input;
  const traceparent = defaultPayloadConverter.toPayload(formatTraceparent(now.span));
  return { ...input, headers: { ...input.headers, [HEADER]: traceparent } };
}

function traceIn(headers: Headers): TraceParent | null {
  const payload = headers[HEADER];
  const text: unknown = payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
  return parseTraceparent(typeof text === 'string' ? text : undefined);
}

/** From a sequence of its own, so that the ids that the workflow makes stay what they are. */
function newSpanId(): string {
  return getRandomStream('tracing').uuid4().replaceAll('-', '').slice(16);
}
