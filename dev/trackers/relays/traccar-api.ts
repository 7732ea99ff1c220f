import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { TraccarServer } from './traccar-server.ts';
import { listen } from '#platform/listen';

/** A device of a simulated server. */
interface TraccarDevice {
  readonly id: number;
  readonly uniqueId: string;
  readonly server: TraccarServer;
}

const command = z.object({
  deviceId: z.int(),
  type: z.literal('custom'),
  attributes: z.object({ data: z.string(), noQueue: z.boolean().optional() }),
});

/** The HTTP API of a Traccar server, as far as commands need it: `GET /api/devices`, `POST /api/commands/send`. */
export async function serveTraccar(token: string, devices: readonly TraccarDevice[]) {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown = null) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401);
    if (request.method === 'GET' && pathname === '/api/devices') {
      const found = devices.filter(({ uniqueId }) => uniqueId === searchParams.get('uniqueId'));
      return answer(
        200,
        found.map(({ id, uniqueId }) => ({ id, uniqueId, name: uniqueId, status: 'online' })),
      );
    }
    if (request.method !== 'POST' || pathname !== '/api/commands/send') return answer(404);
    return void bodyOf(request).then((body) => {
      const said = command.safeParse(body);
      const device = devices.find(({ id }) => id === said.data?.deviceId);
      if (!said.success || device === undefined) return answer(400);
      const { data, noQueue = false } = said.data.attributes;
      answer(device.server.send(data, { noQueue }), said.data);
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
}
