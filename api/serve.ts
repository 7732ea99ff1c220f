import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Running } from '#platform/running';
import { takeWebSockets } from './web-socket.ts';
import { listen } from '#platform/listen';

/** How long a stop waits for requests that are under way, in milliseconds. */
const DRAIN_MS = 10_000;
const SWEEP_MS = 50;

type FetchCallback = Parameters<typeof getRequestListener>[0];

export interface HttpServer extends Running {
  readonly server: Server;
  readonly port: number;
}

/**
 * Listens. A stop takes no new connections, closes idle ones and WebSockets at once, and the others when they have
 * answered or time is up.
 *
 * @throws Error when the port is taken.
 */
export async function serveHttp(
  app: { readonly fetch: FetchCallback },
  port: number,
  host: string,
  drainMs = DRAIN_MS,
): Promise<HttpServer> {
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  const sockets = takeWebSockets(app, server);
  const listensOn = await listen(server, port, host);
  return {
    server,
    port: listensOn,
    async stop() {
      const drained = drain(server, drainMs);
      await Promise.all([drained, sockets.stop()]);
    },
  };
}

function drain(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
    // A connection that was busy a moment ago is idle now, and would be kept alive for seconds.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
