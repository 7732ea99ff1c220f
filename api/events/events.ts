import { z } from '@hono/zod-openapi';
import { listEvents } from '#db/queries/events';
import { cloudEvent } from '#domain/events/cloud-event';
import { eventTypes } from '#domain/events/catalogue';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, router, staff } from '../route.ts';
import { listOf, pageQuery, uuid } from '../schemas.ts';

const ORDER = 'events';
const event = z
  .object({
    specversion: z.literal('1.0'),
    id: uuid,
    source: z.string(),
    type: z.enum(eventTypes),
    subject: uuid.openapi({ description: "The lease's, vehicle's or user's id" }),
    time: z.iso.datetime().openapi({ description: "On the lease's clock where there is a lease" }),
    datacontenttype: z.literal('application/json'),
    leaseid: uuid.optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('CloudEvent');

/** What happened, as CloudEvents. */
export function eventRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const filter = z.object({
    ...pageQuery,
    type: z.enum(eventTypes).optional(),
    leaseId: uuid.optional(),
    subject: uuid.optional(),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/events',
      summary: 'Events, oldest first',
      tag: 'events',
      roles: staff,
      query: filter,
      status: 200,
      answer: listOf(event),
    }),
    async (c) => {
      const { limit, cursor, ...rest } = c.req.valid('query');
      const rows = await listEvents(db, rest, { limit: limit + 1, after: numberOf(cursor) });
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      // What was read through JSON is JSON; the driver's type only does not say so.
      const data = shown.map((row) => event.parse(cloudEvent(row)));
      return c.json(
        {
          data,
          nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last.number, last.id, ORDER) : null,
        },
        200,
      );
    },
  );
  return app;
}

function numberOf(cursor: string | undefined): number | undefined {
  const place = decodeCursor(cursor, ORDER);
  if (place === undefined) return undefined;
  if (!Number.isSafeInteger(place[0])) throw badCursor();
  return Number(place[0]);
}
