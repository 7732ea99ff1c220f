import {
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent, type TraceParent } from '#domain/traceparent';
import { describeError } from '../describe-error.ts';

/** What makes spans, where `startTracing` has started it. */
interface Tracing {
  readonly tracer: Tracer;
  /** The next span has this id and no other. */
  nextIs(spanId: string): void;
}

let tracing: Tracing | null = null;

/** Everything below does nothing without it. */
export function traceBy(given: Tracing | null): void {
  tracing = given;
}

export const isTracing = (): boolean => tracing !== null;

interface SpanOptions {
  /** `server` and `consumer` are asked from outside, `client` and `producer` ask others. */
  readonly kind?: Lowercase<keyof typeof SpanKind>;
  /** Names, ids and numbers of ours: no address, no text of a person, no value of a query. */
  readonly attributes?: Attributes;
  /** A `traceparent`; null or one that is none begins a trace. What goes on here where it is absent. */
  readonly parent?: string | null | undefined;
  /** A `traceparent` of another trace that brought it about. */
  readonly link?: string | undefined;
  /** Which errors are faults: all where it does not say. */
  readonly isFault?: (error: unknown) => boolean;
}

const nothing = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** Does something within a span, which tells of an error what it is and never what it says. */
export async function traced<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  if (tracing === null) return work(nothing);
  const { from, started } = settings(options);
  return tracing.tracer.startActiveSpan(name, started, from, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      if (options.isFault?.(error) !== false) markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Whether this goes on in a trace that is exported. */
export const isRecording = (): boolean => trace.getActiveSpan()?.isRecording() === true;

/** A span that is begun here and ended by whoever began it; null where nobody would see it. */
export function beginSpan(name: string, options: SpanOptions): Span | null {
  if (tracing === null || !isRecording()) return null;
  const { from, started } = settings(options);
  return tracing.tracer.startSpan(name, started, from);
}

export function markFailed(span: Span, error: unknown): void {
  const { reason, type } = describeError(error);
  span.setAttribute('error.type', reason ?? type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** What somebody else has measured: a span with the id and the times, epoch milliseconds, that he gave it. */
interface PastSpan {
  readonly name: string;
  readonly span: TraceParent;
  readonly parent: TraceParent;
  readonly began: number;
  readonly ended: number;
  readonly failed: boolean;
}

export function tellPastSpan({ name, span, parent, began, ended, failed }: PastSpan, attributes: Attributes): void {
  if (tracing === null) return;
  tracing.nextIs(span.spanId);
  const { from, started } = settings({ attributes, parent: formatTraceparent(parent) });
  const past = tracing.tracer.startSpan(name, { ...started, startTime: began }, from);
  if (failed) past.setStatus({ code: SpanStatusCode.ERROR });
  past.end(ended);
}

/** The trace that this goes on in, as others are told of it; undefined where nothing is traced. */
export function traceparentNow(): string | undefined {
  const now = trace.getActiveSpan()?.spanContext();
  if (now === undefined || !trace.isSpanContextValid(now)) return undefined;
  return formatTraceparent({ ...now, sampled: (now.traceFlags & TraceFlags.SAMPLED) !== 0 });
}

/** For log lines. */
export function traceIds(): { readonly traceId?: string; readonly spanId?: string } {
  const now = trace.getActiveSpan()?.spanContext();
  return now === undefined ? {} : { traceId: now.traceId, spanId: now.spanId };
}

function settings({ kind = 'internal', attributes = {}, parent, link }: SpanOptions) {
  const kindOf = SpanKind[kind.toUpperCase() as keyof typeof SpanKind];
  const linked = remote(link);
  const links: Link[] = linked === null ? [] : [{ context: linked }];
  return { from: contextOf(parent), started: { kind: kindOf, attributes, links } };
}

function contextOf(parent: string | null | undefined): Context {
  if (parent === undefined) return context.active();
  const far = remote(parent);
  return far === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, far);
}

function remote(text: string | null | undefined) {
  const read = parseTraceparent(text ?? undefined);
  if (read === null) return null;
  const { traceId, spanId, sampled } = read;
  return { traceId, spanId, isRemote: true, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}
