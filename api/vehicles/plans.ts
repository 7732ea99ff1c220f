import { transact } from '#use-cases/context';
import { createPlan } from '#use-cases/vehicles/create-plan';
import { updatePlan } from '#use-cases/vehicles/update-plan';
import { findPlan, listPlans, planPlace, type PlanRow } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { idParam, listOf, market, pageQuery, pageSize } from '../schemas.ts';
import { plan, planFields, hours } from './schemas.ts';
import { z } from '@hono/zod-openapi';
import { THEFT_PAUSE_DAYS } from '#domain/leases/theft';
import { frequencies } from '#domain/vehicles/plan';
import { vehicleTypes } from '#domain/vehicles/vehicle';

function presentPlan(row: PlanRow) {
  const { version: _version, createdAt: _created, updatedAt: _updated, ...plan } = row;
  return plan;
}

const newPlan = z.strictObject({
  ...planFields,
  market,
  lateFee: planFields.lateFee.default(null),
  offerHours: hours.default(72),
  signHours: hours.default(48),
  depositHours: hours.default(72),
  theftPauseDays: planFields.theftPauseDays.default(THEFT_PAUSE_DAYS),
});

const planChanges = z.strictObject({ ...planFields, active: z.boolean() }).partial();

const planSearch = z.object({
  ...pageQuery,
  limit: pageSize(100, 100),
  market: market.optional(),
  type: z.enum(vehicleTypes).optional(),
  frequency: z.enum(frequencies).optional(),
  all: z.enum(['true', 'false']).optional().openapi({ description: 'For staff: those no longer offered too' }),
});

const tag = 'vehicles';
const ORDER = 'plans';

/** The terms on offer. */
export function planRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const guard = existing((id) => findPlan(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/plans',
      summary: 'The plans on offer',
      tag,
      roles: 'public',
      query: planSearch,
      status: 200,
      answer: listOf(plan),
    }),
    async (c) => {
      const { limit, cursor, all, ...filter } = c.req.valid('query');
      const role = c.get('identity')?.role;
      const after = decodeCursor(cursor, ORDER);
      const place = after === undefined ? undefined : ([String(after[0]), after[1]] as const);
      const rows = await listPlans(
        db,
        { ...filter, all: all === 'true' && role !== undefined && isStaff(role) },
        { limit: limit + 1, after: place },
      );
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      return c.json(
        {
          data: shown.map(presentPlan),
          nextCursor: rows.length > limit && last !== undefined ? encodeCursor(planPlace(last), last.id, ORDER) : null,
        },
        200,
      );
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/plans/{id}',
      summary: 'One plan',
      tag,
      roles: 'public',
      guard,
      params: idParam,
      status: 200,
      answer: plan,
    }),
    async (c) => {
      const row = await findPlan(db, c.req.valid('param').id);
      if (row === undefined) throw new Problem('not_found');
      return c.json(presentPlan(row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/plans',
      summary: 'Add a plan',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: newPlan,
      status: 201,
      answer: plan,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        createPlan(context, c.req.valid('json')),
      );
      return c.json(presentPlan(row), 201, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/plans/{id}',
      summary: 'Change a plan for new applications',
      tag,
      roles: adminOnly,
      guard,
      params: idParam,
      body: planChanges,
      status: 200,
      answer: plan,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        updatePlan(context, c.req.valid('param').id, c.req.valid('json'), versionsOf(c)),
      );
      return c.json(presentPlan(row), 200, tagged(row));
    },
  );
  return app;
}
