import type { Context } from 'hono';
import { Problem, TooManyRequests, wrongInput } from '#domain/errors';
import type { Config } from '#platform/config';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { consume, createLimiter } from '../middleware/rate-limit.ts';
import { defineRoute, everybody, nothing, router } from '../route.ts';
import { webSocketOf } from '../web-socket.ts';
import { LiveHub } from './hub.ts';

/** Connections of one person to one process. */
const MOST_CONNECTIONS = 50;

/** Positions and events as they happen, by WebSocket. */
export function liveRoutes(deps: ApiDependencies) {
  const { config, db, sql, log } = deps;
  const app = router();
  const limiter = createLimiter(deps, 'live', config.RATE_LIMIT_USER, 1);
  const isTooMany = async (userId: string) => (await consume(limiter, userId)).consumedPoints > config.RATE_LIMIT_USER;
  const hub = new LiveHub({ db, sql, log, isTooMany });
  const route = defineRoute(deps, {
    method: 'get',
    path: '/live',
    summary:
      'Positions and events as they happen: a WebSocket, with the subprotocols `rto.v1` and `bearer.<access token>`',
    tag: 'telematics',
    roles: everybody,
    status: 204,
    answer: nothing,
  });
  const { 204: _, ...failures } = route.responses;
  app.openapi(
    { ...route, responses: { ...failures, 101: { description: 'A WebSocket; see docs/live.md' } } },
    async (c) => {
      refuseOrigin(c, config);
      const identity = c.get('identity');
      if (identity === undefined) throw new Problem('unauthenticated');
      const upgrade = webSocketOf(c.req.raw);
      if (upgrade === undefined) throw new Problem('upgrade_required');
      if (!/(^|,)\s*rto\.v1\s*(,|$)/.test(c.req.header('sec-websocket-protocol') ?? ''))
        throw wrongInput([{ path: 'sec-websocket-protocol', message: 'must have rto.v1' }]);
      if (hub.connectionsOf(identity.userId) >= MOST_CONNECTIONS)
        throw new TooManyRequests('So many connections are open; close one', 1);
      const opened = await hub.prepare();
      upgrade.accept((socket) => hub.add(socket, identity, opened));
      return c.body(null, 204);
    },
  );
  return app;
}

/** Pages of our own address and of CORS_ORIGINS; whoever is no page names no origin. @throws Problem forbidden */
function refuseOrigin(c: Context<ApiEnvironment>, { CORS_ORIGINS, PUBLIC_URL }: Config): void {
  const origin = c.req.header('origin');
  if (origin === undefined || CORS_ORIGINS.includes(origin)) return;
  const own = [new URL(PUBLIC_URL).origin, new URL(c.req.url).origin];
  if (!own.includes(origin)) throw new Problem('forbidden', 'Pages of this origin may not connect');
}
