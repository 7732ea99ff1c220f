import { z } from '@hono/zod-openapi';
import { findVehicle, vehicleHistory } from '#db/queries/vehicles';
import { vehicleStatuses } from '#domain/vehicles/vehicle';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { defineRoute, router, staff } from '../route.ts';
import { idParam, instant, listOf, money, moneyOrNull, pageQuery } from '../schemas.ts';

const status = z.enum(vehicleStatuses);
/** What an audit entry says of it. */
const said = z.object({
  status: z.object({ from: status.nullable(), to: status }).nullable().default(null),
  price: z.object({ from: moneyOrNull, to: money }).nullable().default(null),
  reason: z.string().nullable().default(null),
});
const change = z
  .object({
    at: instant.openapi({ description: "On the lease's clock where its lease moved it" }),
    type: z.string(),
    actor: z.object({ role: z.string(), id: z.string() }),
    ...said.shape,
  })
  .openapi('VehicleChange');

const ORDER = 'vehicle history';

/** What happened to a vehicle. */
export function vehicleHistoryRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/history',
      summary: 'What happened to its state and price, the latest first',
      tag: 'vehicles',
      roles: staff,
      guard: existing((id) => findVehicle(db, id)),
      params: idParam,
      query: z.object(pageQuery),
      status: 200,
      answer: listOf(change),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const before = decodeCursor(cursor, ORDER)?.[0];
      if (before !== undefined && !Number.isSafeInteger(before)) throw badCursor();
      const page = { limit: limit + 1, before: before === undefined ? undefined : Number(before) };
      const rows = await vehicleHistory(db, c.req.valid('param').id, page);
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const data = shown.map(({ number: _number, detail, ...rest }) => ({ ...rest, ...said.parse(detail) }));
      const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(last.number, '', ORDER) : null;
      return c.json({ data, nextCursor }, 200);
    },
  );
  return app;
}
