import { createServer } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { Running } from './lifecycle.ts';
import type { Logger } from './log.ts';

/** What a process measures; its default figures (memory, event loop, garbage collection) are in it. */
export function createMetrics(component: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ component });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * Serves the figures as Prometheus reads them, at /metrics and nowhere else.
 *
 * @throws Error when the port is taken.
 */
export async function serveMetrics(
  registry: Registry,
  port: number,
  host: string,
): Promise<Running & { readonly port: number }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Serves them where METRICS_PORT says. Several processes of one host may be given one port: figures are worth less than work. */
export async function showMetrics(
  registry: Registry,
  { METRICS_PORT: port, HOST: host }: Pick<Config, 'METRICS_PORT' | 'HOST'>,
  log: Logger,
): Promise<Running | null> {
  if (port === undefined) return null;
  const noFigures = (err: unknown) => {
    log.warn({ err, port }, 'no metrics of this process: METRICS_PORT is taken');
    return null;
  };
  return serveMetrics(registry, port, host).catch(noFigures);
}
