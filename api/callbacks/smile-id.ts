import { z } from '@hono/zod-openapi';
import { receiveIdentityCallback } from '#use-cases/kyc/receive-callback';
import type { ApiDependencies } from '../dependencies.ts';
import { limitBody } from '../middleware/body.ts';
import { defineRoute, router } from '../route.ts';

/**
 * Webhooks of the identity-check provider. The secret in the path belongs to one submission; a wrong one
 * is 404. What the body claims is not believed: it makes the platform ask.
 */
export function smileIdCallbackRoutes(deps: ApiDependencies) {
  const app = router();
  for (const method of ['post', 'put'] as const) {
    const route = defineRoute(deps, {
      method,
      path: '/callbacks/smileid/{secret}',
      summary: 'A result of an identity check is there',
      tag: 'callbacks',
      roles: 'public',
      guard: limitBody('json'),
      params: z.object({ secret: z.string().max(200) }),
      status: 200,
      answer: z.object({ received: z.literal(true) }),
    });
    app.openapi(route, async (c) => {
      await receiveIdentityCallback(deps, { secret: c.req.valid('param').secret, body: await c.req.text() });
      return c.json({ received: true } as const, 200);
    });
  }
  return app;
}
