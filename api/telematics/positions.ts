import { z } from '@hono/zod-openapi';
import { findLatestPosition, listPositions, type PositionRow } from '#db/queries/telematics';
import { Problem } from '#domain/errors';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, instant, listOf, pageQuery, pageSize, uuid } from '../schemas.ts';
import { period, periodOf, trackedVehicle } from './looking.ts';

const tag = 'telematics';
const position = z
  .object({
    vehicleId: uuid,
    trackerId: uuid,
    lat: z.number(),
    lon: z.number(),
    speedKph: z.number().nullable(),
    heading: z.number().nullable(),
    ignition: z.boolean().nullable(),
    suspect: z.boolean(),
    ts: instant,
    receivedAt: instant,
  })
  .openapi('Position');
const presentPosition = (row: Pick<PositionRow, keyof z.infer<typeof position>>) => {
  const { vehicleId, trackerId, lat, lon, speedKph, heading, ignition, suspect, ts, receivedAt } = row;
  return { vehicleId, trackerId, lat, lon, speedKph, heading, ignition, suspect, ts, receivedAt };
};

const POSITIONS = 'positions';

/** Where vehicles are and were. */
export function positionRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const visible = trackedVehicle(deps);

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/position',
      summary: 'Where the vehicle was last believed to be',
      tag,
      roles: everybody,
      guard: visible,
      params: idParam,
      status: 200,
      answer: position,
    }),
    async (c) => {
      const row = await findLatestPosition(db, c.req.valid('param').id);
      if (row === null) throw new Problem('not_found', 'No position is known yet');
      return c.json(presentPosition(row), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/positions',
      summary: 'Where the vehicle was, oldest first',
      tag,
      roles: everybody,
      guard: visible,
      params: idParam,
      query: z.object({ ...pageQuery, limit: pageSize(1_000, 100), ...period }),
      status: 200,
      answer: listOf(position),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await listPositions(db, {
        ...(await periodOf(deps, c, c.req.valid('param').id, c.req.valid('query'))),
        after: positionAfter(cursor),
        limit,
      });
      const last = rows[limit - 1];
      const nextCursor =
        rows.length > limit && last !== undefined
          ? encodeCursor(last.ts.toISOString(), last.sequence, POSITIONS)
          : null;
      return c.json({ data: rows.slice(0, limit).map(presentPosition), nextCursor }, 200);
    },
  );
  return app;
}

function positionAfter(cursor: string | undefined): { ts: Date; sequence: string } | undefined {
  const place = decodeCursor(cursor, POSITIONS);
  if (place === undefined) return undefined;
  const ts = new Date(place[0]);
  if (Number.isNaN(ts.getTime())) throw badCursor();
  return { ts, sequence: place[1] };
}
