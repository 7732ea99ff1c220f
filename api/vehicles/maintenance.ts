import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { bookMaintenance, cancelMaintenance, type MaintenanceRow } from '#use-cases/vehicles/book-maintenance';
import { startMaintenance } from '#use-cases/vehicles/start-maintenance';
import { finishWork } from '#use-cases/vehicles/credit-workshop-days';
import { listMaintenance } from '#db/queries/maintenance';
import { findVehicle } from '#db/queries/vehicles';
import { localDate } from '#domain/calendar';
import { creditStates, maintenanceKinds, maintenanceStatuses } from '#domain/vehicles/maintenance';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, localDay, market, pageQuery, text, uuid } from '../schemas.ts';

const kind = z.enum(maintenanceKinds);
const status = z.enum(maintenanceStatuses);
const work = z
  .object({
    id: uuid,
    vehicleId: uuid,
    kind,
    status,
    from: localDay,
    until: localDay,
    reason: z.string(),
    leaseId: uuid.nullable().openapi({ description: 'Whose customer had the vehicle when the work began' }),
    startedAt: instantOrNull,
    endedAt: instantOrNull,
    creditDays: z.int().openapi({ description: 'Days beyond the allowance, which the customer is owed' }),
    credit: z.enum(creditStates).openapi({ description: '`given` as a pause of the lease; `refused` is a case' }),
    createdAt: instant,
  })
  .openapi('Maintenance');
const booking = z.strictObject({ kind, from: localDay, until: localDay, reason: text() });
const finished = z.strictObject({ odometerKm: z.int().min(0).max(5_000_000).optional() });

function presentWork({ doneBy: _doneBy, tookVehicle: _tookVehicle, ...row }: MaintenanceRow) {
  return row;
}

const tag = 'vehicles';
const which = idParam.extend({ maintenanceId: uuid });

/** Work on vehicles: booked, begun, done. */
export function maintenanceRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const guard = existing((id) => findVehicle(db, id));
  const filters = { ...pageQuery, kind: kind.optional(), status: status.optional() };
  const statusesOf = (one: z.infer<typeof status> | undefined) => (one === undefined ? undefined : [one]);

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/maintenance',
      summary: 'Work on the fleet that is booked or under way, or of the state that is asked for',
      tag,
      roles: staff,
      query: z.object({ ...filters, market: market.optional(), branchId: uuid.optional() }),
      status: 200,
      answer: listOf(work),
    }),
    async (c) => {
      const { limit, cursor, status: one, ...filter } = c.req.valid('query');
      const asked = { ...filter, statuses: statusesOf(one) ?? (['booked', 'started'] as const) };
      const rows = await listMaintenance(db, asked, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentWork), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/maintenance',
      summary: 'Work on a vehicle, the last that was booked first',
      tag,
      roles: staff,
      guard,
      params: idParam,
      query: z.object(filters),
      status: 200,
      answer: listOf(work),
    }),
    async (c) => {
      const { limit, cursor, status: one, kind: of } = c.req.valid('query');
      const asked = { vehicleId: c.req.valid('param').id, kind: of, statuses: statusesOf(one) };
      const rows = await listMaintenance(db, asked, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentWork), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/maintenance',
      summary: 'Book work on a vehicle',
      tag,
      roles: staff,
      guard,
      params: idParam,
      idempotency: 'optional',
      body: booking,
      status: 201,
      answer: work,
    }),
    async (c) => {
      const { from, until, ...said } = c.req.valid('json');
      const days = { from: localDate(from), until: localDate(until) };
      const input = { vehicleId: c.req.valid('param').id, ...said, ...days };
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => bookMaintenance(context, input));
      return c.json(presentWork(row), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/maintenance/{maintenanceId}/start',
      summary: 'The work begins: a vehicle that is available is in maintenance',
      tag,
      roles: staff,
      guard,
      params: which,
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 200,
      answer: work,
    }),
    async (c) => {
      const { id: vehicleId, maintenanceId } = c.req.valid('param');
      const begin = transact(db, callerOf(c).actor, new Date(), (context) =>
        startMaintenance(context, { vehicleId, maintenanceId }),
      );
      return c.json(presentWork(await begin), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/maintenance/{maintenanceId}/done',
      summary: 'The work is done: the vehicle is back, and days beyond the allowance pause the lease of whoever has it',
      tag,
      roles: staff,
      guard,
      params: which,
      idempotency: 'optional',
      body: finished,
      status: 200,
      answer: work,
    }),
    async (c) => {
      const { id: vehicleId, maintenanceId } = c.req.valid('param');
      const input = { vehicleId, maintenanceId, ...c.req.valid('json') };
      return c.json(presentWork(await finishWork(deps, callerOf(c).actor, input)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/vehicles/{id}/maintenance/{maintenanceId}',
      summary: 'Give up work that has not begun',
      tag,
      roles: staff,
      guard,
      params: which,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id: vehicleId, maintenanceId } = c.req.valid('param');
      const input = { vehicleId, maintenanceId };
      await transact(db, callerOf(c).actor, new Date(), (context) => cancelMaintenance(context, input));
      return c.body(null, 204);
    },
  );
  return app;
}
