import { createServer, type ServerResponse } from 'node:http';
import type { Config } from '../config.ts';
import type { Life } from '../lifecycle.ts';
import type { Running } from '../running.ts';
import type { Logger } from '../log.ts';
import { Metrics } from './metrics.ts';
import { listen } from '../listen.ts';

/** What a process measures; its memory, event loop and garbage collection are in it. */
export function createMetrics(component: string): Metrics {
  const metrics = new Metrics(component);
  metrics.addProcess();
  return metrics;
}

/**
 * Serves the figures as Prometheus reads them, at /metrics, and what an orchestrator asks: whether the process lives
 * (/health/live) and whether it has started and is not stopping (/health/ready, else 503).
 *
 * @throws Error when the port is taken.
 */
export async function serveMetrics(
  metrics: Metrics,
  port: number,
  host: string,
  life: Life,
): Promise<Running & { readonly port: number }> {
  const answers: Record<string, (response: ServerResponse) => unknown> = {
    '/health/live': (response) => response.writeHead(200).end(),
    '/health/ready': (response) => response.writeHead(life.isReady ? 200 : 503).end(),
    '/metrics': (response) =>
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      ),
  };
  const server = createServer(({ method, url = '' }, response) => {
    const answer = method === 'GET' ? answers[url] : undefined;
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  const listensOn = await listen(server, port, host);
  return {
    port: listensOn,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Serves them where METRICS_PORT says. Several processes of one host may be given one port: figures are worth less than work. */
export async function showMetrics(
  metrics: Metrics,
  { METRICS_PORT: port, HOST: host }: Pick<Config, 'METRICS_PORT' | 'HOST'>,
  log: Logger,
  life: Life,
): Promise<Running | null> {
  if (port === undefined) return null;
  const noFigures = (err: unknown) => {
    log.warn({ err, port }, 'no metrics of this process: METRICS_PORT is taken');
    return null;
  };
  return serveMetrics(metrics, port, host, life).catch(noFigures);
}
