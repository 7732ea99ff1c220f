import { restartLease } from '#use-cases/leases/restart-lease';
import type { ApiDependencies } from '../dependencies.ts';
import { z } from '@hono/zod-openapi';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { idParam } from '../schemas.ts';
import { ownLease } from '../guards.ts';
import { lease, viewLease } from './view.ts';

/** What an operator does about a lease whose workflow died. */
export function leaseRestartRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/restart',
      summary: 'Start the workflow of a lease again from the books, after it died',
      tag: 'leases',
      roles: adminOnly,
      guard: ownLease(deps),
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 200,
      answer: lease,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await restartLease(deps, callerOf(c).actor, id);
      return c.json(await viewLease(deps.db, id, callerOf(c)), 200);
    },
  );
  return app;
}
