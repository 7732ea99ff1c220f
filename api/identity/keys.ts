import { z } from '@hono/zod-openapi';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, router } from '../route.ts';

/** The keys that verify our access tokens, for everybody. */
export function keyRoutes(deps: ApiDependencies) {
  const app = router();
  const key = z.object({
    kty: z.string(),
    crv: z.string(),
    x: z.string(),
    y: z.string(),
    kid: z.string(),
    alg: z.string(),
    use: z.string(),
  });
  const answer = z.object({ keys: z.array(key) });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/.well-known/jwks.json',
      summary: 'The keys of access tokens',
      tag: 'identity',
      roles: 'public',
      status: 200,
      answer,
    }),
    (c) => c.json(answer.parse(deps.tokens.publicKeys()), 200, { 'cache-control': 'public, max-age=300' }),
  );
  return app;
}
