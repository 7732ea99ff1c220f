import type { Config } from '../config.ts';
import type { Running } from '../running.ts';
import type { Logger } from '../log.ts';
import { traceBy } from './traced.ts';

/** Milliseconds: between two exports, and for the last one. */
const EVERY = 2_000;
const PATIENCE = 3_000;

/**
 * Exports what a process does as spans, by OTLP over HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` says where to. Without it
 * nothing is loaded. A collector that is away costs spans and nothing else.
 */
export async function startTracing(component: string, config: Config, log: Logger): Promise<Running | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } = config;
  if (endpoint === undefined) return null;
  const [{ context, diag, DiagLogLevel, trace }, hooks, { OTLPTraceExporter }, { resourceFromAttributes }, sdk] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
    ]);
  const warn = () => log.warn({ endpoint: new URL(endpoint).host }, 'spans are lost: the collector does not take them');
  const silent = () => {};
  diag.setLogger(
    { error: warn, warn: silent, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  const random = new sdk.RandomIdGenerator();
  let next: string | null = null;
  const ids = {
    generateTraceId: () => random.generateTraceId(),
    generateSpanId() {
      const id = next ?? random.generateSpanId();
      next = null;
      return id;
    },
  };
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new sdk.BasicTracerProvider({
    // By the id of the trace alone, so that every process says the same of it, whatever a caller asks for.
    sampler: new sdk.TraceIdRatioBasedSampler(share),
    idGenerator: ids,
    resource: resourceFromAttributes({
      'service.name': `rent-to-own-${component}`,
      'service.namespace': 'rent-to-own',
    }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter, { scheduledDelayMillis: EVERY })],
  });
  trace.setGlobalTracerProvider(provider);
  traceBy({ tracer: provider.getTracer('rent-to-own'), nextIs: (id) => void (next = id) });
  return {
    async stop() {
      traceBy(null);
      let late: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (late = setTimeout(resolve, PATIENCE)));
      await Promise.race([provider.shutdown().catch(warn), patience]);
      clearTimeout(late);
    },
  };
}
