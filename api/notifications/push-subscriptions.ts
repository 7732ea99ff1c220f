import { z } from '@hono/zod-openapi';
import { findSubscription, listSubscriptions } from '#db/queries/deliveries';
import { Problem } from '#domain/errors';
import { isPoint } from '#providers/push/is-point';
import { transact } from '#use-cases/context';
import { keepSubscription, unsubscribe } from '#use-cases/notifications/push-subscriptions';
import type { ApiDependencies } from '../dependencies.ts';
import { owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, nothing, router } from '../route.ts';
import { idParam, instant, uuid } from '../schemas.ts';

const tag = 'support';
const path = '/me/push-subscriptions';
const base64url = (bytes: number) =>
  z
    .string()
    .max(200)
    .regex(/^[\w-]+=*$/, 'must be base64url')
    .refine((text) => Buffer.from(text, 'base64url').length === bytes, `must be ${bytes} bytes`);
const endpoint = z.url({ protocol: /^https?$/ }).max(2_000);
const subscription = z
  .object({ id: uuid, host: z.string().openapi({ description: 'Of the push service' }), createdAt: instant })
  .openapi('PushSubscription');

/** The browsers that somebody lets us push to. */
export function pushRoutes(deps: ApiDependencies) {
  const { db, encryption } = deps;
  const app = router();
  const present = (row: { readonly id: string; readonly endpointEncrypted: string; readonly createdAt: Date }) => ({
    id: row.id,
    host: new URL(encryption.decrypt(row.endpointEncrypted)).host,
    createdAt: row.createdAt,
  });

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path,
      summary: 'The browsers that I am pushed to, and the key with which another one subscribes',
      tag,
      roles: everybody,
      status: 200,
      answer: z.object({
        publicKey: z
          .string()
          .nullable()
          .openapi({ description: '`applicationServerKey`; null where nobody is pushed to' }),
        subscriptions: z.array(subscription),
      }),
    }),
    async (c) => {
      const rows = await listSubscriptions(db, callerOf(c).id);
      return c.json({ publicKey: deps.pushes?.publicKey ?? null, subscriptions: rows.map(present) }, 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path,
      summary: 'Let this browser be pushed to; the same address again is the same subscription',
      tag,
      roles: everybody,
      body: z.strictObject({
        endpoint,
        expirationTime: z.number().nullable().optional(),
        keys: z.strictObject({
          p256dh: base64url(65).refine(isPoint, 'must be a point of P-256'),
          auth: base64url(16),
        }),
      }),
      status: 201,
      answer: subscription,
    }),
    async (c) => {
      const { endpoint: to, keys } = c.req.valid('json');
      if (deps.pushes === null) throw new Problem('unprocessable', 'Nobody is pushed to here');
      const { actor, sessionId } = callerOf(c);
      const row = await keepSubscription(deps, actor, { endpoint: to, keys }, sessionId);
      return c.json(present(row), 201);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path,
      summary: 'Push to this browser no more, by its address',
      tag,
      roles: everybody,
      body: z.strictObject({ endpoint }),
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const which = c.req.valid('json');
      await transact(db, callerOf(c).actor, new Date(), (context) => unsubscribe(context, encryption, which));
      return c.body(null, 204);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: `${path}/{id}`,
      summary: 'Push to a browser no more',
      tag,
      roles: everybody,
      guard: owned(
        async (id) => (await findSubscription(db, id))?.userId,
        () => false,
      ),
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await transact(db, callerOf(c).actor, new Date(), (context) => unsubscribe(context, encryption, { id }));
      return c.body(null, 204);
    },
  );
  return app;
}
