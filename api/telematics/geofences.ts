import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { changeGeofence, removeGeofence } from '#use-cases/telematics/change-geofence';
import { makeGeofence } from '#use-cases/telematics/make-geofence';
import { findGeofence, listGeofences, type GeofenceRow } from '#db/queries/geofences';
import { areaFaults } from '#domain/telematics/area-faults';
import { fenceRules } from '#domain/telematics/fence';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, instant, listOf, market, pageQuery, text, uuid } from '../schemas.ts';

const tag = 'telematics';
const MOST_VEHICLES = 1_000;

const ring = z.array(z.array(z.number()).min(2).max(3));
const area = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('Polygon'), coordinates: z.array(ring) }),
    z.strictObject({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(ring)) }),
  ])
  .openapi('Area', {
    description:
      'A GeoJSON geometry, longitude before latitude. Rings are closed, at least 50 m and at most 30 degrees wide and high, and cross neither themselves nor one another nor the antimeridian; at most 1,000 positions in all',
  });
const polygon = area.superRefine((value, context) => {
  for (const { path, message } of areaFaults(value)) context.addIssue({ code: 'custom', path: [...path], message });
});
const vehicleIds = z
  .array(uuid)
  .min(1)
  .max(MOST_VEHICLES)
  .refine((ids) => new Set(ids).size === ids.length, 'must name each vehicle once');
const fields = {
  name: text(),
  polygon,
  rule: z.enum(fenceRules),
  vehicleIds: vehicleIds.nullable().optional(),
  market: market.nullable().optional(),
};
const newGeofence = z.strictObject(fields).openapi('NewGeofence', {
  description: 'For the vehicles that are named; without them for all of the market, and without a market for all',
});
const geofenceChanges = z.strictObject(fields).partial().openapi('GeofenceChanges');
const geofence = z
  .object({
    id: uuid,
    name: z.string(),
    polygon: area,
    rule: z.enum(fenceRules),
    vehicleIds: z.array(uuid).nullable(),
    market: market.nullable(),
    inForceFrom: instant,
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Geofence');

const present = (row: GeofenceRow): z.input<typeof geofence> => {
  const { id, name, rule, vehicleIds: ids, market: its, inForceFrom, createdAt, updatedAt } = row;
  return {
    id,
    name,
    polygon: area.parse(row.polygon),
    rule,
    vehicleIds: ids,
    market: its,
    inForceFrom,
    createdAt,
    updatedAt,
  };
};

/** Areas that vehicles are to stay in, or out of. */
export function geofenceRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const guard = existing((id) => findGeofence(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/geofences',
      summary: 'Geofences, newest first',
      tag,
      roles: staff,
      query: z.object(pageQuery),
      status: 200,
      answer: listOf(geofence),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      return c.json(page(await listGeofences(db, { limit, after: timePage(cursor) }), limit, present), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/geofences',
      summary: 'Fence an area; in force within two seconds',
      tag,
      roles: staff,
      idempotency: 'optional',
      body: newGeofence,
      status: 201,
      answer: geofence,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        makeGeofence(context, c.req.valid('json')),
      );
      return c.json(present(row), 201, tagged(row));
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/geofences/{id}',
      summary: 'One geofence',
      tag,
      roles: staff,
      guard,
      params: idParam,
      status: 200,
      answer: geofence,
    }),
    async (c) => {
      const row = found(await findGeofence(db, c.req.valid('param').id));
      return c.json(present(row), 200, tagged(row));
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/geofences/{id}',
      summary: 'Change a geofence; with another area, rule or vehicles it is another one, and what went on by it ends',
      tag,
      roles: staff,
      guard,
      params: idParam,
      body: geofenceChanges,
      status: 200,
      answer: geofence,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        changeGeofence(context, c.req.valid('param').id, c.req.valid('json'), versionsOf(c)),
      );
      return c.json(present(row), 200, tagged(row));
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/geofences/{id}',
      summary: 'Take a geofence away; what went on by it ends',
      tag,
      roles: staff,
      guard,
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) =>
        removeGeofence(context, c.req.valid('param').id, versionsOf(c)),
      );
      return c.body(null, 204);
    },
  );
  return app;
}
