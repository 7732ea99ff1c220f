import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { stopWaiting, waitForVehicle } from '#use-cases/vehicles/wait-for-vehicle';
import { findVehicle } from '#db/queries/vehicles';
import { queueOf } from '#db/queries/waiting';
import { standing } from '#domain/vehicles/queue';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found, mayReach } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, nothing, router } from '../route.ts';
import { idParam, instant, instantOrNull, uuid } from '../schemas.ts';

const place = z
  .object({
    id: uuid,
    vehicleId: uuid,
    customerId: uuid,
    status: z.enum(standing).openapi({ description: '`called`: the vehicle is his to take until `until`' }),
    place: z.int().openapi({ description: 'From 1' }),
    createdAt: instant,
    until: instantOrNull,
  })
  .openapi('WaitingPlace');
const queue = z
  .object({ waiting: z.int(), places: z.array(place).openapi({ description: 'Of a customer his own alone' }) })
  .openapi('Queue');

const tag = 'vehicles';

/** The queue of a vehicle that somebody else has reserved. */
export function waitingRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const guard = existing((id) => findVehicle(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/waiting',
      summary: 'How many wait for a vehicle, and in which place; staff see all of them',
      tag,
      roles: everybody,
      guard,
      params: idParam,
      status: 200,
      answer: queue,
    }),
    async (c) => {
      const caller = callerOf(c);
      const all = await queueOf(db, c.req.valid('param').id);
      const places = all.filter(({ customerId }) => mayReach(caller, customerId));
      return c.json({ waiting: all.length, places: places.map(asPlace) }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/waiting',
      summary: 'Wait for a vehicle that is reserved: whoever is first has a day to take it when it is released',
      tag,
      roles: ['customer'],
      guard,
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 201,
      answer: place,
    }),
    async (c) => {
      const { id: customerId, actor } = callerOf(c);
      const vehicleId = c.req.valid('param').id;
      const { id } = await transact(db, actor, new Date(), (context) =>
        waitForVehicle(context, { vehicleId, customerId }),
      );
      return c.json(asPlace(found((await queueOf(db, vehicleId)).find((one) => one.id === id))), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/vehicles/{id}/waiting',
      summary: 'Wait no longer; where it was his turn it is the next one’s',
      tag,
      roles: ['customer'],
      guard,
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id: customerId, actor } = callerOf(c);
      const vehicleId = c.req.valid('param').id;
      await transact(db, actor, new Date(), (context) => stopWaiting(context, { vehicleId, customerId }));
      return c.body(null, 204);
    },
  );
  return app;
}

/** Rows of the queue are of those who stand in it. */
function asPlace<Row extends { readonly status: string }>({ status, ...row }: Row) {
  return { ...row, status: status === 'called' ? ('called' as const) : ('waiting' as const) };
}
