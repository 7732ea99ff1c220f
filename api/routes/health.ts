import type { ApiDependencies } from '../dependencies.ts';
import { router } from '../route.ts';

/** Whether the process lives, and whether it should be sent traffic. */
export function healthRoutes({ sql, readiness }: ApiDependencies) {
  const app = router();
  app.get('/health/live', (c) => c.json({ status: 'ok' }));
  app.get('/health/ready', async (c) => {
    if (readiness.stopping) return c.json({ status: 'stopping' }, 503);
    await sql`select 1`;
    return c.json({ status: 'ok' });
  });
  return app;
}
