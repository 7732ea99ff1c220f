import { z } from '@hono/zod-openapi';
import { findDelivery, listDeliveries, triesOf } from '#db/queries/webhooks';
import { Problem } from '#domain/errors';
import { deliveryStatuses } from '#domain/webhooks/message';
import { transact } from '#use-cases/context';
import { redriveDelivery } from '#use-cases/webhooks/redrive';
import { wakeSoon } from '#use-cases/webhooks/wake';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { idParam, listOf, pageQuery, uuid } from '../schemas.ts';
import * as shapes from './schemas.ts';

const common = { tag: 'webhooks', roles: adminOnly } as const;

/** What was sent to endpoints, and what came of it. */
export function deliveryRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const known = { guard: existing((id) => findDelivery(db, id)), params: idParam } as const;

  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'get',
      path: '/webhooks/deliveries',
      summary: 'Deliveries, newest first; with `status=dead` the dead letters',
      query: z.object({
        ...pageQuery,
        status: z.enum(deliveryStatuses).optional(),
        webhookId: uuid.optional(),
      }),
      status: 200,
      answer: listOf(shapes.delivery),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const rows = await listDeliveries(db, filter, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, shapes.presentDelivery), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'get',
      path: '/webhooks/deliveries/{id}',
      summary: 'One delivery, with its body and for a week what came of each request',
      status: 200,
      answer: shapes.deliveryWithLog,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const [row, tries] = await Promise.all([findDelivery(db, id), triesOf(db, id)]);
      if (row === undefined) throw new Problem('not_found');
      return c.json(shapes.presentDeliveryWithLog(row, tries), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'post',
      path: '/webhooks/deliveries/{id}/redrive',
      summary: 'Have a delivery tried again that is dead; pressed twice it is sent as if it were pressed once',
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 202,
      answer: shapes.delivery,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await transact(db, callerOf(c).actor, new Date(), (context) => redriveDelivery(context, id));
      await wakeSoon(deps, id);
      const row = await findDelivery(db, id);
      if (row === undefined) throw new Problem('not_found');
      return c.json(shapes.presentDelivery(row), 202);
    },
  );
  return app;
}
