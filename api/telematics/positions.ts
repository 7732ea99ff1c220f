import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { findLatestPosition, listPositions, pagesOfPositions, type PositionRow } from '#db/queries/telematics';
import { isKnownInstant } from '#domain/calendar';
import { Problem, wrongInput } from '#domain/errors';
import { sinceFix } from '#domain/telematics/since-fix';
import type { ApiEnvironment } from '../context.ts';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, instant, listOf, pageQuery, pageSize, uuid, wholeNumber } from '../schemas.ts';
import { lookAt, noteLook, period, trackedVehicle, visibleSince } from './looking.ts';
import { mediaTypes, trackFile, trackFiles, trackFormats, type TrackFormat } from './track-file.ts';

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
    ignitionAt: instant.optional().openapi({
      description:
        'When the ignition was said, where that was after `ts`, without a place: speed and heading are not known then',
    }),
    suspect: z.boolean(),
    ts: instant,
    receivedAt: instant,
  })
  .openapi('Position');
const presentPosition = (row: Pick<PositionRow, Exclude<keyof z.infer<typeof position>, 'ignitionAt'>>) => {
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
      looks: true,
      params: idParam,
      status: 200,
      answer: position,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const row = await findLatestPosition(db, id);
      const since = await visibleSince(deps, c, id);
      if (row === null || since === null || row.ts < since) throw new Problem('not_found', 'No position is known yet');
      await noteLook(deps, c, 'position', { vehicleId: row.vehicleId, from: row.ts, to: row.ts });
      return c.json({ ...presentPosition(row), ...sinceFix(row) }, 200);
    },
  );
  positionsRoute(deps, app);
  return app;
}

function positionsRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const { db } = deps;
  const route = defineRoute(deps, {
    method: 'get',
    path: '/vehicles/{id}/positions',
    summary: 'Where the vehicle was, oldest first; as GeoJSON or GPX, of the whole time, by `format` or `Accept`',
    tag,
    roles: everybody,
    guard: trackedVehicle(deps),
    looks: true,
    params: idParam,
    query: z.object({
      ...pageQuery,
      limit: pageSize(1_000, 100),
      ...period,
      format: z.enum(trackFormats).optional(),
      simplify: wholeNumber(0, 1_000).optional().openapi({
        description:
          'Of a GeoJSON or GPX: how many metres what is left out may lie from the line; 0 leaves out nothing',
      }),
    }),
    status: 200,
    answer: listOf(position),
  });
  const found = {
    ...route.responses[200],
    content: {
      ...route.responses[200].content,
      ...trackFiles,
    },
  };
  app.openapi({ ...route, responses: { ...route.responses, 200: found } }, async (c) => {
    const { limit, cursor, simplify, ...query } = c.req.valid('query');
    const format = query.format ?? wantedFormat(c);
    refuseForeign(c, format);
    c.header('vary', 'Accept', { append: true });
    // Before the look is on record: a cursor that is wrong looks at nothing.
    const after = positionAfter(cursor);
    const asked = await lookAt(deps, c, 'positions', { vehicleId: c.req.valid('param').id, ...query });
    if (format !== 'json') {
      const name = `vehicle-${asked.vehicleId}.${format}`;
      return c.body(trackFile(format, asked.vehicleId, pagesOfPositions(db, asked), simplify ?? 0), 200, {
        'content-type': mediaTypes[format],
        'content-disposition': `attachment; filename="${name}"`,
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'private, no-store',
      });
    }
    const rows = await listPositions(db, { ...asked, after, limit });
    const last = rows[limit - 1];
    const nextCursor =
      rows.length > limit && last !== undefined ? encodeCursor(last.ts.toISOString(), last.sequence, POSITIONS) : null;
    return c.json({ data: rows.slice(0, limit).map(presentPosition), nextCursor }, 200);
  });
}

/** What `Accept` asks for; JSON where it does not care. */
function wantedFormat(c: Context<ApiEnvironment>): TrackFormat {
  const wanted = accepts(c, { header: 'Accept', supports: Object.values(mediaTypes), default: mediaTypes.json });
  return trackFormats.find((format) => mediaTypes[format] === wanted) ?? 'json';
}

/** A page is of JSON, and what is left out is of the others. @throws Problem invalid_input */
function refuseForeign(c: Context<ApiEnvironment>, format: TrackFormat): void {
  const errors = (format === 'json' ? ['simplify'] : ['limit', 'cursor'])
    .filter((path) => c.req.query(path) !== undefined)
    .map((path) => ({ path, message: `is not of ${format}` }));
  if (errors.length > 0) throw wrongInput(errors);
}

function positionAfter(cursor: string | undefined): { ts: Date; sequence: string } | undefined {
  const place = decodeCursor(cursor, POSITIONS);
  if (place === undefined) return undefined;
  const ts = new Date(place[0]);
  if (!isKnownInstant(ts.getTime())) throw badCursor();
  return { ts, sequence: place[1] };
}
