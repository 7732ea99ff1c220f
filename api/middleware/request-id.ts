import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { parseTraceparent } from '#domain/traceparent';
import type { Logger } from '#platform/log';
import { isTracing } from '#platform/tracing/traced';
import type { ApiEnvironment } from '../context.ts';

const acceptable = /^[\w.-]{1,128}$/;

/**
 * Gives every request an id (the client's own when it is sane), which its logs, answer and errors carry. Where nothing is
 * traced here, logs and answer still name the caller's trace.
 */
export function requestId(log: Logger) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const given = c.req.header('x-request-id') ?? '';
    const id = acceptable.test(given) ? given : randomUUID();
    const parent = c.req.header('traceparent');
    const traceId = isTracing() ? undefined : parseTraceparent(parent)?.traceId;
    c.set('requestId', id);
    c.set('log', log.child({ requestId: id, ...(traceId === undefined ? {} : { traceId }) }));
    c.header('x-request-id', id);
    if (traceId !== undefined) c.header('traceparent', parent);
    await next();
  });
}
