import { z } from '@hono/zod-openapi';
import { listLocationViews, type LocationViewRow } from '#db/queries/location-views';
import { roles } from '#domain/identity/roles';
import { lookedAt } from '#domain/telematics/look';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router } from '../route.ts';
import { instant, listOf, pageQuery, uuid } from '../schemas.ts';

const locationView = z
  .object({
    id: uuid,
    at: instant,
    vehicleId: uuid,
    leaseId: uuid,
    what: z.enum(lookedAt),
    by: z.object({ role: z.enum(roles), name: z.string() }),
    reason: z.string().nullable().openapi({ description: 'Null where none was given' }),
  })
  .openapi('LocationView');

const present = ({ id, at, vehicleId, leaseId, what, role, viewer, reason }: LocationViewRow) => ({
  id,
  at,
  vehicleId,
  leaseId,
  what,
  by: { role, name: viewer },
  reason,
});

/** Who looked where a customer's vehicle is. */
export function locationViewRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/me/location-views',
      summary: 'Who of the staff looked where my vehicle is or was, and why, the latest first',
      tag: 'telematics',
      roles: ['customer'],
      query: z.object(pageQuery),
      status: 200,
      answer: listOf(locationView),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await listLocationViews(deps.db, { customerId: callerOf(c).id, limit, after: timePage(cursor) });
      const dated = rows.map((row) => ({ ...row, createdAt: row.at }));
      return c.json(page(dated, limit, present), 200);
    },
  );
  return app;
}
