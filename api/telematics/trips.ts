import { z } from '@hono/zod-openapi';
import { readOdometer, readTrips } from '#db/queries/trips';
import { isKnownInstant } from '#domain/calendar';
import { PARKED, type Trip } from '#domain/telematics/trips';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, instant, listOf, localDay, pageQuery, uuid } from '../schemas.ts';
import { lookAt, period, trackedVehicle } from './looking.ts';

const place = z.object({ lat: z.number(), lon: z.number() });
const trip = z
  .object({
    vehicleId: uuid,
    startedAt: instant,
    endedAt: instant,
    start: place,
    end: place,
    distanceKm: z.number(),
    movingSeconds: z.int(),
    underWay: z.boolean(),
  })
  .openapi('Trip', {
    description:
      '`endedAt` is when it last moved; while `underWay` it may become longer. Halts are in its time and not in `movingSeconds`',
  });

const odometer = z
  .object({
    vehicleId: uuid,
    drivenKm: z.number(),
    days: z.array(z.object({ day: localDay, distanceKm: z.number() })),
  })
  .openapi('Odometer', {
    description:
      '`drivenKm` is what all its trackers saw it drive, and never becomes less; `days` are those of UTC. Counted every hour',
  });

const TRIPS = 'trips';

/** From where to where a vehicle drove. */
export function tripRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/trips',
      summary: 'Trips that set off in this time, oldest first, from the positions',
      tag: 'telematics',
      roles: everybody,
      guard: trackedVehicle(deps),
      looks: true,
      params: idParam,
      query: z.object({ ...pageQuery, ...period }),
      status: 200,
      answer: listOf(trip),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      // Before the look is on record: a cursor that is wrong looks at nothing.
      const after = setOffAfter(cursor);
      const asked = await lookAt(deps, c, 'trips', { vehicleId: c.req.valid('param').id, ...c.req.valid('query') });
      const from = after ?? asked.from;
      const { trips, unended, next } = await readTrips(deps.sql, {
        ...asked,
        from: from < asked.from ? asked.from : from,
        limit,
      });
      const nextCursor = next === null ? null : encodeCursor(next.toISOString(), '', TRIPS);
      const mayGoOn = (one: Trip) => one === unended && Date.now() - one.end.ts < PARKED;
      const data = trips.map((one) => ({ vehicleId: asked.vehicleId, ...presentTrip(one), underWay: mayGoOn(one) }));
      return c.json({ data, nextCursor }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/odometer',
      summary: 'What the vehicle drove by its trackers, in all and on the days of this time',
      tag: 'telematics',
      roles: everybody,
      guard: trackedVehicle(deps),
      looks: true,
      params: idParam,
      query: z.object(period),
      status: 200,
      answer: odometer,
    }),
    async (c) => {
      const asked = await lookAt(deps, c, 'odometer', { vehicleId: c.req.valid('param').id, ...c.req.valid('query') });
      const { metres, days } = await readOdometer(deps.sql, asked);
      return c.json(
        {
          vehicleId: asked.vehicleId,
          drivenKm: metres / 1_000,
          days: days.map((one) => ({ day: one.day, distanceKm: one.metres / 1_000 })),
        },
        200,
      );
    },
  );
  return app;
}

function presentTrip({ start, end, metres, movingMs }: Trip) {
  return {
    startedAt: new Date(start.ts),
    endedAt: new Date(end.ts),
    start: { lat: start.lat, lon: start.lon },
    end: { lat: end.lat, lon: end.lon },
    distanceKm: Math.round(metres) / 1_000,
    movingSeconds: Math.round(movingMs / 1_000),
  };
}

function setOffAfter(cursor: string | undefined): Date | undefined {
  const found = decodeCursor(cursor, TRIPS);
  if (found === undefined) return undefined;
  const from = new Date(found[0]);
  if (!isKnownInstant(from.getTime())) throw badCursor();
  return from;
}
