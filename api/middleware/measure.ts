import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { Metrics } from '#platform/metrics/metrics';
import type { ApiEnvironment } from '../context.ts';

/** Counts and times requests by route pattern, so that an id in a path makes no new series. */
export function measure(metrics: Metrics) {
  const seconds = metrics.histogram('http_request_duration_seconds');
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const stop = seconds.startTimer();
    await next();
    stop({ method: c.req.method, route: routePath(c, -1), status: c.res.status });
  });
}
