import { z } from '@hono/zod-openapi';
import { disablings, endpointStatuses } from '#domain/webhooks/endpoint';
import { findDelivery, findEndpoint, listEndpoints, dueOfEndpoint, type EndpointRow } from '#db/queries/webhooks';
import { eventTypes } from '#domain/events/catalogue';
import { transact } from '#use-cases/context';
import { addEndpoint } from '#use-cases/webhooks/create-endpoint';
import { deleteEndpoint } from '#use-cases/webhooks/delete-endpoint';
import { redriveDeliveries } from '#use-cases/webhooks/redrive-delivery';
import { rotateKeys } from '#use-cases/webhooks/rotate-keys';
import { testEndpoint } from '#use-cases/webhooks/test-endpoint';
import { changeEndpoint } from '#use-cases/webhooks/update-endpoint';
import { wakeInTurn } from '#use-cases/webhooks/wake';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, nothing, router } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, pageQuery, text, uuid } from '../schemas.ts';
import { delivery, presentDelivery } from './deliveries.ts';

const types = z.array(z.enum(eventTypes)).min(1).max(eventTypes.length);
const url = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' })
  .max(2_000)
  .openapi({ format: 'uri', example: 'https://example.com/hooks' });

const newWebhook = z.strictObject({
  url,
  description: text().optional(),
  types: types.optional().openapi({ description: 'What it hears; without it, every type that integrators hear' }),
});

const webhookChanges = z.strictObject({
  url: url.optional(),
  description: text().optional(),
  types: types.nullable().optional(),
  status: z.enum(endpointStatuses).optional(),
});

const webhook = z
  .object({
    id: uuid,
    url: z.string(),
    description: z.string().nullable(),
    types: z.array(z.enum(eventTypes)).nullable(),
    status: z.enum(endpointStatuses),
    disabledFor: z.enum(disablings).nullable(),
    publicKey: z.string().openapi({ description: 'Verifies the signatures `v1a`' }),
    verifiedAt: instantOrNull.openapi({ description: 'When it took the test; before that it is sent nothing else' }),
    failingSince: instantOrNull,
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Webhook');

const webhookWithSecret = webhook
  .extend({ secret: z.string().openapi({ description: 'Verifies the signatures `v1`; told this once' }) })
  .openapi('WebhookWithSecret');

const presentWebhook = (row: EndpointRow): z.infer<typeof webhook> => {
  const { id, description, status, disabledFor, publicKey, verifiedAt, failingSince, createdAt, updatedAt } = row;
  const heard = { url: row.url, types: row.types };
  return { id, ...heard, description, status, disabledFor, publicKey, verifiedAt, failingSince, createdAt, updatedAt };
};

const common = { tag: 'webhooks', roles: adminOnly } as const;

/** Addresses of other systems that are told of events. */
export function webhookRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const known = { guard: existing((id) => findEndpoint(db, id)), params: idParam } as const;

  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'get',
      path: '/webhooks',
      summary: 'Endpoints of webhooks, newest first',
      query: z.object(pageQuery),
      status: 200,
      answer: listOf(webhook),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await listEndpoints(db, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentWebhook), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'post',
      path: '/webhooks',
      summary: 'Add an endpoint; the secret is shown this once, and a test is sent to it',
      idempotency: 'optional',
      body: newWebhook,
      status: 201,
      answer: webhookWithSecret,
    }),
    async (c) => {
      const { endpoint, secret } = await addEndpoint(deps, callerOf(c).actor, c.req.valid('json'));
      return c.json({ ...presentWebhook(endpoint), secret }, 201, tagged(endpoint));
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'get',
      path: '/webhooks/{id}',
      summary: 'One endpoint',
      status: 200,
      answer: webhook,
    }),
    async (c) => {
      const row = found(await findEndpoint(db, c.req.valid('param').id));
      return c.json(presentWebhook(row), 200, tagged(row));
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'patch',
      path: '/webhooks/{id}',
      summary: 'Change an endpoint; at another address, or active again, it is sent a test first',
      body: webhookChanges,
      status: 200,
      answer: webhook,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const endpoint = await changeEndpoint(deps, callerOf(c).actor, id, c.req.valid('json'), versionsOf(c));
      return c.json(presentWebhook(endpoint), 200, tagged(endpoint));
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'delete',
      path: '/webhooks/{id}',
      summary: 'Delete an endpoint, with what is on its way',
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) =>
        deleteEndpoint(context, c.req.valid('param').id, versionsOf(c)),
      );
      return c.body(null, 204);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'post',
      path: '/webhooks/{id}/rotate-secret',
      summary: 'New keys, shown this once; those before sign beside them for 24 hours',
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 200,
      answer: webhookWithSecret,
    }),
    async (c) => {
      const { endpoint, secret } = await transact(db, callerOf(c).actor, new Date(), (context) =>
        rotateKeys(context, deps, c.req.valid('param').id),
      );
      return c.json({ ...presentWebhook(endpoint), secret }, 200, tagged(endpoint));
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'post',
      path: '/webhooks/{id}/test',
      summary: 'Send a test to an endpoint',
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 202,
      answer: delivery,
    }),
    async (c) => {
      const id = await testEndpoint(deps, callerOf(c).actor, c.req.valid('param').id);
      const row = found(await findDelivery(db, id));
      return c.json(presentDelivery(row), 202);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      ...known,
      method: 'post',
      path: '/webhooks/{id}/redrive',
      summary: 'Have what is dead of an endpoint tried again, all of it or some',
      idempotency: 'optional',
      body: z.strictObject({ deliveryIds: z.array(uuid).min(1).max(1_000).optional() }),
      status: 202,
      answer: z.object({ redriven: z.int() }),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const redriven = await transact(db, callerOf(c).actor, new Date(), (context) =>
        redriveDeliveries(context, id, c.req.valid('json').deliveryIds),
      );
      // What is not due waits for as long as its receiver has asked for.
      await wakeInTurn(deps, dueOfEndpoint(id, new Date()));
      return c.json({ redriven }, 202);
    },
  );
  return app;
}
