import { cors } from 'hono/cors';
import type { Config } from '#platform/config';

/** Pages of these origins alone may read our answers; with none configured, no page of another origin may. */
export function crossOrigin({ CORS_ORIGINS: origins }: Pick<Config, 'CORS_ORIGINS'>) {
  return cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'traceparent',
      'x-reason',
      'x-request-id',
    ],
    exposeHeaders: [
      'content-disposition',
      'etag',
      'idempotent-replay',
      'location',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'x-request-id',
      'x-statement-code',
    ],
    maxAge: 600,
  });
}
