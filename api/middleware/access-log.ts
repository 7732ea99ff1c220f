import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { ApiEnvironment } from '../context.ts';

/** One line a request: the route's pattern, never the path or query, which may name people. */
export function accessLog() {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const began = performance.now();
    await next();
    const { method } = c.req;
    const facts = {
      method,
      route: routePath(c, -1),
      status: c.res.status,
      ms: Math.round(performance.now() - began),
      user: c.get('identity')?.userId,
    };
    c.get('log')[c.res.status >= 500 ? 'error' : 'info'](facts, 'request');
  });
}
