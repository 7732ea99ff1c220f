import { ServerResponse, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { getRequestListener } from '@hono/node-server';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** Bytes of a message of a client; one that sends more is closed with 1009. */
const MOST_BYTES = 64 * 1024;
/** Milliseconds that a client may take to say goodbye when the server stops. */
const FAREWELL_MS = 1_000;
const PROTOCOL = 'rto.v1';
const GOING_AWAY = 1001;

/** A request for a WebSocket. */
interface Upgrade {
  /** Lets the connection become one, once the route has answered. */
  accept(opened: (socket: WebSocket) => void): void;
}

interface App {
  readonly fetch: Parameters<typeof getRequestListener>[0];
}

const upgrades = new WeakMap<Request, Upgrade>();
/** Undefined where a request asks for no WebSocket. */
export const webSocketOf = (request: Request): Upgrade | undefined => upgrades.get(request);

/**
 * Lets the app decide on requests for a WebSocket as on any other: they pass its middleware and a route of theirs, which
 * accepts or answers with what the client then gets. The access token comes as the subprotocol `bearer.<token>`, since pages
 * can send no header.
 *
 * @returns what closes the open ones.
 */
export function takeWebSockets(app: App, server: Server): { stop(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') return goOnWithout(server, incoming, socket, head);
    const ended = () => socket.destroy();
    socket.once('error', ended);
    decide(app, incoming).then(({ opened, response }) => {
      if (opened === undefined) return refuse(socket, response);
      socket.off('error', ended);
      sockets.handleUpgrade(incoming, socket, head, opened);
    }, ended);
  });
  return { stop: () => closeAll(sockets) };
}

async function decide(app: App, incoming: IncomingMessage) {
  let opened: ((socket: WebSocket) => void) | undefined;
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? 'localhost'}`);
  const request = new Request(url, { headers: headersOf(incoming) });
  upgrades.set(request, { accept: (then) => (opened = then) });
  const response = await app.fetch(request, { incoming, outgoing: new ServerResponse(incoming) });
  if (!(response instanceof Response)) throw new TypeError('the app answers with something else');
  return { opened, response };
}

function headersOf({ headers: given }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !/^(connection|upgrade|sec-websocket-key)$/.test(name)) headers.set(name, String(value));
  const [, token] = /(?:^|,)\s*bearer\.([^\s,]+)/.exec(given['sec-websocket-protocol'] ?? '') ?? [];
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return headers;
}

async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = [...response.headers].filter(([name]) => !/^(connection|content-length)$/.test(name));
  const lines = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
}

/** Whoever offers another protocol, such as HTTP/2, is answered in this one: the request is read again without the offer. */
function goOnWithout(server: Server, { method, url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (!/^(connection|upgrade|http2-settings)$/i.test(rawHeaders[i] ?? ''))
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  socket.unshift(
    Buffer.concat([Buffer.from(`${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]),
  );
  server.emit('connection', socket);
}

async function closeAll(sockets: WebSocketServer): Promise<void> {
  const open = [...sockets.clients];
  const closed = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of open) socket.close(GOING_AWAY, 'the server stops');
  const late = setTimeout(() => open.forEach((socket) => socket.terminate()), FAREWELL_MS);
  await Promise.all(closed);
  clearTimeout(late);
}
