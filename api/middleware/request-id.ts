import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { Logger } from '#platform/log';
import type { ApiEnvironment } from '../context.ts';

const acceptable = /^[\w.-]{1,128}$/;
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Gives every request an id (the client's own when it is sane), which its logs, answer and errors carry. */
export function requestId(log: Logger) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const given = c.req.header('x-request-id') ?? '';
    const id = acceptable.test(given) ? given : randomUUID();
    const parent = c.req.header('traceparent') ?? '';
    const traceId = traceparent.exec(parent)?.[1];
    c.set('requestId', id);
    c.set('log', log.child({ requestId: id, ...(traceId === undefined ? {} : { traceId }) }));
    c.header('x-request-id', id);
    if (traceId !== undefined) c.header('traceparent', parent);
    await next();
  });
}
