import { z } from '@hono/zod-openapi';
import { receiveCallback } from '#use-cases/payments/outcomes/receive-callback';
import { paymentProviders } from '#domain/markets';
import type { ApiDependencies } from '../dependencies.ts';
import { limitBody } from '../middleware/body.ts';
import { defineRoute, router } from '../route.ts';

/** Where they call: the result of a payment, that a request waited in a queue for too long, and what a question came to. */
const places = [
  {
    path: '/callbacks/{provider}/{secret}',
    kind: { isTimeOut: false },
    summary: 'A provider tells of a payment',
  },
  {
    path: '/callbacks/{provider}/{secret}/timeout',
    kind: { isTimeOut: true },
    summary: 'A provider tells that a request timed out in its queue',
  },
  {
    path: '/callbacks/{provider}/{secret}/status',
    kind: { isTimeOut: false, isStatus: true },
    summary: 'A provider answers a question about a refund',
  },
] as const;

/**
 * What mobile-money providers call. A part of the path is a secret of one payment: a wrong one is 404.
 * The callback is kept, acknowledged, and then asked about: it is never believed.
 */
export function mobileMoneyCallbackRoutes(deps: ApiDependencies) {
  const app = router();
  const params = z.object({ provider: z.enum(paymentProviders), secret: z.string().min(16).max(200) });
  for (const method of ['post', 'put'] as const) {
    for (const { path, kind, summary } of places) {
      app.openapi(
        defineRoute(deps, {
          method,
          path,
          summary,
          tag: 'callbacks',
          roles: 'public',
          guard: limitBody('json'),
          params,
          status: 200,
          answer: z.looseObject({}),
        }),
        async (c) => {
          const { provider, secret } = c.req.valid('param');
          const { headers } = c.req.raw;
          const body = await c.req.text();
          const confirm = await receiveCallback(deps, { provider, secret, body, headers, ...kind });
          const log = c.get('log');
          // Not waited for: the provider gets its answer at once, and a confirmation that is lost is what polling is for.
          confirm().catch((error: unknown) => log.warn({ err: error }, 'a callback could not be confirmed'));
          return c.json({ ResultCode: 0, ResultDesc: 'Accepted' }, 200);
        },
      );
    }
  }
  return app;
}
