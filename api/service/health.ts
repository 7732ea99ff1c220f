import { z } from '@hono/zod-openapi';
import { pingDatabase } from '#db/queries/ping';
import { Problem } from '#domain/errors';
import { inTime } from '#platform/in-time';
import type { ApiDependencies } from '../dependencies.ts';
import { createDependencyChecks, PATIENCE_MS } from './dependency-checks.ts';
import { defineRoute, router } from '../route.ts';
import { instant } from '../schemas.ts';

const tag = 'service';
const alive = z.object({ status: z.literal('up') });
const report = z
  .object({
    status: z
      .enum(['up', 'degraded', 'down'])
      .openapi({ description: '`down` where nothing works without it, `degraded` where a part does not' }),
    checkedAt: instant,
    dependencies: z.array(
      z.object({
        name: z.string(),
        status: z.enum(['up', 'down']),
        ms: z.int(),
        circuit: z
          .enum(['closed', 'half_open', 'open'])
          .optional()
          .openapi({ description: 'Of a provider: its circuit breaker in this process' }),
      }),
    ),
  })
  .openapi('DependencyReport');

/** Whether the process lives, whether it should be sent traffic, and how what it stands on is doing. */
export function healthRoutes(deps: ApiDependencies) {
  const app = router();
  const look = createDependencyChecks(deps);
  const common = { method: 'get', tag, roles: 'public', status: 200 } as const;

  app.openapi(
    defineRoute(deps, { ...common, path: '/health/live', summary: 'The process lives', answer: alive }),
    (c) => c.json({ status: 'up' } as const, 200),
  );

  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/health/ready',
      summary: 'The process takes traffic; 503 while it does not',
      answer: alive,
    }),
    async (c) => {
      if (deps.readiness.stopping) throw new Problem('unavailable', 'This process is stopping');
      await inTime(pingDatabase(deps.sql), PATIENCE_MS).catch(() => {
        throw new Problem('unavailable', 'The database does not answer');
      });
      return c.json({ status: 'up' } as const, 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/health/dependencies',
      summary: 'What the platform stands on',
      answer: report,
    }),
    async (c) => {
      const { dependencies, ...rest } = await look();
      return c.json({ ...rest, dependencies: [...dependencies] }, 200);
    },
  );
  return app;
}
