import { z } from '@hono/zod-openapi';
import { findPlan, findVehicle, listVehicles, vehicleSorts } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { priceOnPlan } from '#domain/leases/price-on-plan';
import { money } from '#domain/money';
import { components, frequencies } from '#domain/vehicles/plan';
import { vehicleStatuses, vehicleTypes } from '#domain/vehicles/vehicle';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { defineRoute, router } from '../route.ts';
import { balance, idParam, listOf, market, pageQuery, text, uuid, wholeNumber } from '../schemas.ts';
import { latitude, longitude, shownVehicle, shownVehicles, vehicle } from './vehicles.ts';

const near = z
  .string()
  .regex(/^-?\d{1,2}(\.\d{1,9})?,-?\d{1,3}(\.\d{1,9})?$/, 'must be lat,lon')
  .transform((value) => {
    const [lat = 0, lon = 0] = value.split(',').map(Number);
    return { lat, lon };
  })
  .refine(({ lat, lon }) => latitude.safeParse(lat).success && longitude.safeParse(lon).success, 'must be on Earth')
  .openapi({ type: 'string', example: '0.3136,32.5811' });
const minorUnits = wholeNumber(0);
const vehicleSearch = z.object({
  ...pageQuery,
  type: z.enum(vehicleTypes).optional(),
  market: market.optional(),
  make: text(60).optional(),
  status: z.enum(vehicleStatuses).optional(),
  minPrice: minorUnits.optional().openapi({ description: 'Minor units' }),
  maxPrice: minorUnits.optional().openapi({ description: 'Minor units' }),
  near: near.optional(),
  q: text(80).optional().openapi({ description: 'In make, model or place' }),
  sort: z
    .enum(vehicleSorts)
    .optional()
    .openapi({ description: 'By default the newest first, or the nearest with `near`' }),
});

const quote = z
  .object({
    deposit: balance,
    instalment: balance,
    instalments: z.int(),
    frequency: z.enum(frequencies),
    total: balance.openapi({ description: 'deposit + instalments × instalment' }),
    components: z.partialRecord(z.enum(components), balance).openapi({ description: 'What one instalment is made of' }),
  })
  .openapi('Quote');

const tag = 'vehicles';

/** The vehicles for everybody, and what one costs on a plan. */
export function catalogueRoutes(deps: ApiDependencies) {
  const app = router();
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
          data: await shownVehicles(
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
      const row = found(await findVehicle(db, c.req.valid('param').id));
      return c.json(await shownVehicle(deps, c, row), 200, tagged(row));
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
      answer: quote,
    }),
    async (c) => {
      const row = found(await findVehicle(db, c.req.valid('param').id));
      const terms = await findPlan(db, c.req.valid('query').planId);
      const refuse = (message: string) =>
        new Problem('unprocessable', `There is no quote: ${message}`, [{ path: 'planId', message }]);
      if (terms === undefined || !terms.active) throw refuse('there is no such plan');
      if (terms.market !== row.market) throw refuse('the plan is for another market');
      if (!terms.vehicleTypes.includes(row.type)) throw refuse(`the plan is not for a ${row.type}`);
      return c.json(priceOnPlan(terms, row.market, money(row.price, row.currency)), 200);
    },
  );
  return app;
}
