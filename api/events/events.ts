import { z } from '@hono/zod-openapi';
import { cloudEvent } from '#domain/events/cloud-event';
import { audiences, catalogue, eventSchema, eventTypes } from '#domain/events/catalogue';
import { readEvents } from '#use-cases/events/read-events';
import { badCursor, decodeCursor, encodeCursor, pageOfAll } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, router, staff } from '../route.ts';
import { listOf, pageQuery, uuid, wholeNumber, wholeQuery } from '../schemas.ts';

const ORDER = 'event positions';
const tag = 'events';
const position = wholeNumber(0).openapi({ description: 'Only events of a higher `position`' });
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
    position: z.int().openapi({ description: 'Its place among all events: what to go on after' }),
    sequence: z.int().openapi({ description: 'Its place among those of its subject, from 1 on, without gaps' }),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('CloudEvent');

const described = z
  .object({
    type: z.enum(eventTypes),
    about: z.enum(['lease', 'vehicle', 'user']).openapi({ description: 'Whose id `subject` is' }),
    heardBy: z.array(z.enum(audiences)),
    schema: z.record(z.string(), z.unknown()).openapi({ description: 'JSON Schema (draft 2020-12) of `data`' }),
  })
  .openapi('EventType');

/** What happened, as CloudEvents. */
export function eventRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/events',
      summary: 'Events, oldest first; whoever goes on after the last `position` hears all, in order',
      tag,
      roles: staff,
      query: z.object({
        ...pageQuery,
        type: z.enum(eventTypes).optional(),
        leaseId: uuid.optional(),
        subject: uuid.optional(),
        after: position.optional(),
      }),
      status: 200,
      answer: listOf(event),
    }),
    async (c) => {
      const { limit, cursor, after = 0, ...filter } = c.req.valid('query');
      const place = { limit: limit + 1, after: Math.max(after, positionOf(cursor)) };
      const rows = await readEvents(deps.db, filter, place);
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(last.position, last.id, ORDER) : null;
      // What was read through JSON is JSON; the driver's type only does not say so.
      return c.json({ data: shown.map((row) => event.parse(cloudEvent(row))), nextCursor }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/events/schemas',
      summary: 'Every type of event, who hears it, and the JSON Schema of its data',
      tag,
      roles: staff,
      query: z.object(wholeQuery),
      status: 200,
      answer: listOf(described),
    }),
    (c) => {
      const data = eventTypes.map((type) => {
        const { about, heardBy } = catalogue[type];
        return described.parse({ type, about, heardBy, schema: eventSchema(type) });
      });
      return c.json(pageOfAll(data, c.req.valid('query'), 'schemas'), 200);
    },
  );
  return app;
}

function positionOf(cursor: string | undefined): number {
  const place = decodeCursor(cursor, ORDER);
  if (place === undefined) return 0;
  if (!Number.isSafeInteger(place[0])) throw badCursor();
  return Number(place[0]);
}
