import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { Histogram, type Registry } from 'prom-client';
import type { ApiEnvironment } from '../context.ts';

/** Counts and times requests by route pattern, so that an id in a path makes no new series. */
export function measure(registry: Registry) {
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const stop = seconds.startTimer();
    await next();
    stop({ method: c.req.method, route: routePath(c, -1), status: c.res.status });
  });
}
