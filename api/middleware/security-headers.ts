import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '../context.ts';

const headers = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

const POLICY = "default-src 'none'; frame-ancestors 'none'";

/** On every answer, errors included. A page that needs more sets its own Content-Security-Policy. */
export function securityHeaders() {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    if (!c.res.headers.has('content-security-policy')) c.header('content-security-policy', POLICY);
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });
}
