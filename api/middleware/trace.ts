import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { isTracing, markFailed, traced, traceparentNow } from '#platform/tracing/traced';
import type { ApiEnvironment } from '../context.ts';

/**
 * A span for each request, named after the route's pattern: the path and the query may name people. It goes on in the
 * trace that the caller names, and answers where it is in it. What asks whether we are alive is none.
 */
export function traceRequests() {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    if (!isTracing() || c.req.path.startsWith('/health/')) return next();
    const { method } = c.req;
    const parent = c.req.header('traceparent') ?? null;
    await traced(method, { kind: 'server', parent }, async (span) => {
      const own = traceparentNow();
      await next();
      const route = routePath(c, -1);
      span.updateName(`${method} ${route}`);
      span.setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': c.res.status,
      });
      if (own !== undefined) c.header('traceparent', own);
      if (c.res.status >= 500) markFailed(span, c.error);
    });
  });
}
