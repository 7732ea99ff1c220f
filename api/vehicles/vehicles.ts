import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { transact } from '#use-cases/context';
import { createVehicle } from '#use-cases/vehicles/create-vehicle';
import { retireVehicle } from '#use-cases/vehicles/retire-vehicle';
import { updateVehicle, type VehicleChanges } from '#use-cases/vehicles/update-vehicle';
import { findPlan, findVehicle, listVehicles, trackedPlaces, type VehicleRow } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { priceOnPlan } from '#domain/leases/price-on-plan';
import { money as moneyValue } from '#domain/money';
import type { ApiEnvironment } from '../context.ts';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { placeOf, readBack } from '../read-back.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, listOf, uuid } from '../schemas.ts';
import { newVehicle, quoteAnswer, vehicle, vehicleChanges, vehicleSearch } from './schemas.ts';
import { presentVehicle } from './view.ts';

const tag = 'vehicles';

/** The vehicles, and what one costs on a plan. */
export function vehicleRoutes(deps: ApiDependencies) {
  const app = router();
  readingRoutes(app, deps);
  writingRoutes(app, deps);
  return app;
}

function readingRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db } = deps;
  const guard = existing((id) => findVehicle(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles',
      summary: 'Search the catalogue',
      tag,
      roles: 'public',
      query: vehicleSearch,
      status: 200,
      answer: listOf(vehicle),
    }),
    async (c) => {
      const { limit, cursor, sort: wanted, ...filter } = c.req.valid('query');
      const sort = wanted ?? (filter.near === undefined ? '-created' : 'distance');
      if (sort === 'distance' && filter.near === undefined)
        throw new Problem('invalid_input', 'Distance needs a place', [
          { path: 'near', message: 'is needed to sort by distance' },
        ]);
      const order = `vehicles ${sort} ${filter.near === undefined ? '' : `${filter.near.lat},${filter.near.lon}`}`;
      const after = decodeCursor(cursor, order);
      if (after !== undefined && !(Number.isFinite(Number(after[0])) && uuid.safeParse(after[1]).success))
        throw badCursor();
      const rows = await listVehicles(db, filter, sort, { limit: limit + 1, after });
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const nextCursor =
        rows.length > limit && last !== undefined ? encodeCursor(last.key, last.vehicle.id, order) : null;
      return c.json(
        {
          data: await present(
            deps,
            c,
            shown.map((row) => row.vehicle),
          ),
          nextCursor,
        },
        200,
      );
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}',
      summary: 'One vehicle',
      tag,
      roles: 'public',
      guard,
      params: idParam,
      status: 200,
      answer: vehicle,
    }),
    async (c) => {
      const row = await found(findVehicle(db, c.req.valid('param').id));
      return c.json(await presentOne(deps, c, row), 200, tagged(row));
    },
  );

  const query = z.object({ planId: uuid });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/quote',
      summary: 'What it costs on a plan',
      tag,
      roles: 'public',
      guard,
      params: idParam,
      query,
      status: 200,
      answer: quoteAnswer,
    }),
    async (c) => {
      const row = await found(findVehicle(db, c.req.valid('param').id));
      const terms = await findPlan(db, c.req.valid('query').planId);
      const refuse = (message: string) =>
        new Problem('unprocessable', `There is no quote: ${message}`, [{ path: 'planId', message }]);
      if (terms === undefined || !terms.active) throw refuse('there is no such plan');
      if (terms.market !== row.market) throw refuse('the plan is for another market');
      if (!terms.vehicleTypes.includes(row.type)) throw refuse(`the plan is not for a ${row.type}`);
      return c.json(priceOnPlan(terms, row.market, moneyValue(row.price, row.currency)), 200);
    },
  );
}

function writingRoutes(app: ReturnType<typeof router>, deps: ApiDependencies): void {
  const { db } = deps;
  const guard = existing((id) => findVehicle(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles',
      summary: 'Add a vehicle',
      tag,
      roles: staff,
      idempotency: 'optional',
      body: newVehicle,
      status: 201,
      answer: vehicle,
    }),
    async (c) => {
      const { location, ...said } = c.req.valid('json');
      // Made from another one that was read.
      const model = said.id === undefined ? undefined : await findVehicle(db, said.id);
      const shown = model === undefined ? undefined : await presentOne(deps, c, model);
      const vehicleToMake = {
        ...readBack(said, shown, ['id', 'status', 'createdAt', 'updatedAt']),
        location: placeOf(location, shown?.location),
      };
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => createVehicle(context, vehicleToMake));
      return c.json(presentVehicle(row), 201, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/vehicles/{id}',
      summary: 'Change a vehicle',
      tag,
      roles: staff,
      guard,
      params: idParam,
      body: vehicleChanges,
      status: 200,
      answer: vehicle,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const changes = changesOf(c.req.valid('json'), await presentOne(deps, c, await found(findVehicle(db, id))));
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        updateVehicle(context, id, changes, versionsOf(c)),
      );
      return c.json(await presentOne(deps, c, row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/vehicles/{id}',
      summary: 'Retire a vehicle',
      tag,
      roles: staff,
      guard,
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) => retireVehicle(context, c.req.valid('param').id));
      return c.body(null, 204);
    },
  );
}

/** What is to change of a vehicle, by a request that may be what was read of it. */
function changesOf(body: z.infer<typeof vehicleChanges>, shown: ReturnType<typeof presentVehicle>): VehicleChanges {
  const { location, status, reason, ...said } = body;
  const wanted = status === 'available' || status === 'maintenance' ? status : undefined;
  const fixed = wanted === undefined ? status : undefined;
  const onlyRead = ['id', 'type', 'market', 'vin', 'createdAt', 'updatedAt', 'status'] as const;
  const left = readBack({ ...said, status: fixed }, shown, onlyRead);
  const place = placeOf(location, shown.location);
  return {
    ...left,
    ...(place === undefined ? {} : { location: place }),
    ...(wanted === undefined || wanted === shown.status ? {} : { status: wanted }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Vehicles as whoever asks may see them. */
async function present({ db }: ApiDependencies, c: Context<ApiEnvironment>, rows: readonly VehicleRow[]) {
  const identity = c.get('identity');
  const viewer = identity === undefined ? null : { staff: isStaff(identity.role), userId: identity.userId };
  const places = await trackedPlaces(
    db,
    rows.map(({ id }) => id),
    viewer,
  );
  return rows.map((row) => presentVehicle(row, places.get(row.id)));
}

async function presentOne(deps: ApiDependencies, c: Context<ApiEnvironment>, row: VehicleRow) {
  const [shown] = await present(deps, c, [row]);
  return shown ?? presentVehicle(row);
}

async function found<T>(looking: Promise<T | undefined>): Promise<T> {
  const row = await looking;
  if (row === undefined) throw new Problem('not_found');
  return row;
}
