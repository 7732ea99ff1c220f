import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { createBranch, updateBranch, type BranchRow } from '#use-cases/vehicles/branches';
import { asServiced } from '#use-cases/vehicles/remind-of-service';
import { findBranch, listBranches } from '#db/queries/branches';
import { findServiced } from '#db/queries/service';
import { localDateAt } from '#domain/calendar';
import { nextService, servicesDue } from '#domain/vehicles/service';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, instant, listOf, localDay, market, pageQuery, text, uuid } from '../schemas.ts';
import { latitude, longitude } from './vehicles.ts';

const location = z.strictObject({ lat: latitude, lon: longitude, place: text().nullable() });
const branch = z
  .object({ id: uuid, name: z.string(), market, location, createdAt: instant })
  .openapi('Branch', { description: 'Where we are, and vehicles belong to' });
const place = z.strictObject({ lat: latitude, lon: longitude, place: text().nullish() });
const newBranch = z.strictObject({ name: text(60), market, location: place });
const service = z
  .object({
    vehicleId: uuid,
    servicedOn: localDay.nullable().openapi({ description: 'Its last service; null for none yet' }),
    drivenKm: z.number().openapi({ description: 'By its trackers, since then' }),
    dueInKm: z.number().openapi({ description: 'Below 0 where it is overdue' }),
    dueOn: localDay.openapi({ description: 'At the latest' }),
    due: z.boolean(),
  })
  .openapi('Service');

function placeIn(cursor: string | undefined) {
  const found = decodeCursor(cursor, ORDER);
  if (found === undefined) return undefined;
  const id = uuid.safeParse(found[1]);
  if (!id.success) throw badCursor();
  return [String(found[0]), id.data] as const;
}

function presentBranch({ id, name, market: of, latitude: lat, longitude: lon, place: said, createdAt }: BranchRow) {
  return { id, name, market: of, location: { lat, lon, place: said }, createdAt };
}

const tag = 'vehicles';
const ORDER = 'branches';

/** Branches, and what is due of the vehicles that stand there. */
export function branchRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/branches',
      summary: 'Where we are, by name',
      tag,
      roles: everybody,
      query: z.object({ ...pageQuery, market: market.optional() }),
      status: 200,
      answer: listOf(branch),
    }),
    async (c) => {
      const { limit, cursor, market: of } = c.req.valid('query');
      const place = placeIn(cursor);
      const rows = await listBranches(db, of, { limit: limit + 1, after: place });
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const nextCursor = last === undefined ? null : encodeCursor(last.name, last.id, ORDER);
      return c.json({ data: rows.slice(0, limit).map(presentBranch), nextCursor }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/branches',
      summary: 'Open a branch',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: newBranch,
      status: 201,
      answer: branch,
    }),
    async (c) => {
      const said = c.req.valid('json');
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => createBranch(context, said));
      return c.json(presentBranch(row), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/branches/{id}',
      summary: 'Change a branch',
      tag,
      roles: adminOnly,
      guard: existing((id) => findBranch(db, id)),
      params: idParam,
      body: z.strictObject({ name: text(60), location: place }).partial(),
      status: 200,
      answer: branch,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { name, location: to } = c.req.valid('json');
      const changes = { ...(name !== undefined && { name }), ...(to !== undefined && { location: to }) };
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => updateBranch(context, id, changes));
      return c.json(presentBranch(row), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/service',
      summary: 'When its next service is due, by kilometres and by time',
      tag,
      roles: staff,
      guard: existing((id) => findServiced(db, id)),
      params: idParam,
      status: 200,
      answer: service,
    }),
    async (c) => {
      const row = found(await findServiced(db, c.req.valid('param').id));
      const one = asServiced(row);
      const { inMetres, on } = nextService(one);
      const { byDistance, byTime } = servicesDue(one, localDateAt(Date.now(), row.market));
      return c.json(
        {
          vehicleId: row.id,
          servicedOn: row.servicedOn,
          drivenKm: (one.metres - one.servicedMetres) / 1_000,
          dueInKm: inMetres / 1_000,
          dueOn: on,
          due: byDistance + byTime > 0,
        },
        200,
      );
    },
  );
  return app;
}
