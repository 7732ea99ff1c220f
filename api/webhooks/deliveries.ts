import { z } from '@hono/zod-openapi';
import { deliveryDeaths, deliveryStatuses } from '#domain/webhooks/delivery';
import {
  findDelivery,
  listDeliveries,
  triesOfDelivery,
  type DeliveryRow,
  type DeliveryTryRow,
} from '#db/queries/webhooks';
import { eventTypes } from '#domain/events/catalogue';
import { TEST } from '#domain/webhooks/message';
import { redriveDelivery } from '#use-cases/webhooks/redrive-delivery';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, pageQuery, uuid } from '../schemas.ts';

export const delivery = z
  .object({
    id: uuid,
    webhookId: uuid,
    eventId: uuid.openapi({ description: 'What is sent as `webhook-id`, at every try' }),
    type: z.enum([...eventTypes, TEST]),
    subject: uuid,
    sequence: z.int().nullable(),
    status: z.enum(deliveryStatuses),
    deadFor: z.enum(deliveryDeaths).nullable(),
    tries: z.int(),
    createdAt: instant,
    nextAt: instantOrNull,
    settledAt: instantOrNull,
  })
  .openapi('WebhookDelivery');

const deliveryWithLog = delivery
  .extend({
    body: z.record(z.string(), z.unknown()),
    log: z.array(
      z.object({
        number: z.int(),
        at: instant,
        milliseconds: z.int(),
        status: z.int().nullable(),
        answer: z.string().nullable(),
        error: z.string().nullable(),
      }),
    ),
  })
  .openapi('WebhookDeliveryWithLog');

export const presentDelivery = (row: DeliveryRow): z.infer<typeof delivery> => {
  const { id, endpointId: webhookId, eventId, type, subject, sequence, status, deadFor, tries } = row;
  const { createdAt, nextAt, settledAt } = row;
  return { id, webhookId, eventId, type, subject, sequence, status, deadFor, tries, createdAt, nextAt, settledAt };
};

const message = z.record(z.string(), z.unknown());

const presentDeliveryWithLog = (row: DeliveryRow, tries: readonly DeliveryTryRow[]) => ({
  ...presentDelivery(row),
  body: message.parse(JSON.parse(row.body)),
  log: tries.map(({ number, at, milliseconds, status, answer, error }) => ({
    number,
    at,
    milliseconds,
    status,
    answer,
    error,
  })),
});

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
      answer: listOf(delivery),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const rows = await listDeliveries(db, filter, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentDelivery), 200);
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
      answer: deliveryWithLog,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const [row, tries] = await Promise.all([findDelivery(db, id), triesOfDelivery(db, id)]);
      return c.json(presentDeliveryWithLog(found(row), tries), 200);
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
      answer: delivery,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await redriveDelivery(deps, callerOf(c).actor, id);
      const row = found(await findDelivery(db, id));
      return c.json(presentDelivery(row), 202);
    },
  );
  return app;
}
