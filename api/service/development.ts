import { z } from '@hono/zod-openapi';
import { moveClocks } from '#use-cases/notifications/move-clocks';
import { leaseClock } from '#db/queries/leases';
import { ClockNotAdvanced } from '#domain/errors';
import { hasEnded, leaseStatuses } from '#domain/leases/status';
import { whatHolds } from '#platform/temporal/what-holds';
import { leaseWorkflowId } from '#workflows/lease/messages';
import type { ApiDependencies } from '../dependencies.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { idParam, instant } from '../schemas.ts';
import { leaseOf, ownLease } from '../guards.ts';

const DAY_MS = 86_400_000;

/** Routes of the embedded platform alone: time travel for one lease. */
export function developmentRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/dev/leases/{id}/fast-forward',
      summary: 'Move the clock of one lease',
      tag: 'development',
      roles: adminOnly,
      guard: ownLease(deps),
      params: idParam,
      body: z.strictObject({ days: z.int().min(1).max(366) }),
      status: 200,
      answer: z.object({ asOf: instant, status: z.enum(leaseStatuses) }),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const journey = await moveClocks(deps, id, c.req.valid('json').days * DAY_MS);
      const lease = await leaseOf(deps, id);
      const asOf = leaseClock(lease);
      const isOver = journey.outcome === 'ended' && hasEnded(lease.status);
      if (journey.outcome === 'not_begun')
        throw new ClockNotAdvanced(
          asOf,
          'it has no workflow yet: ask again, or POST /v1/leases/{id}/restart starts one',
        );
      if (journey.outcome !== 'reached' && !isOver)
        throw new ClockNotAdvanced(asOf, await whatHolds(deps.temporal, leaseWorkflowId(id)));
      return c.json({ asOf, status: lease.status }, 200);
    },
  );
  return app;
}
