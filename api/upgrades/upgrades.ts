import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { listUpgrades } from '#db/queries/upgrades';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { upgradeStatuses } from '#domain/upgrades/upgrade';
import { keyOfItsOwn } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import { transact } from '#use-cases/context';
import { requestUpgrade } from '#use-cases/upgrades/request-upgrade';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { reachedLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, listOf, pageQuery, uuid } from '../schemas.ts';
import { upgradeStepRoutes } from './upgrade-steps.ts';
import { ownUpgrade, shownUpgrade, upgradeOf, viewUpgrade, viewUpgrades } from './upgrade-view.ts';

const tag = 'upgrades';

/** Exchanges of a leased vehicle for another one. */
export function upgradeRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  requestRoute(deps, app);
  upgradeStepRoutes(deps, app);
  return app;
}

type Router = ReturnType<typeof router>;

function readRoutes(deps: ApiDependencies, app: Router): void {
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/upgrades',
      summary: 'My upgrades, newest first; all of them for staff',
      tag,
      roles: everybody,
      query: z.object({
        ...pageQuery,
        leaseId: uuid.optional(),
        customerId: uuid.optional(),
        status: z.enum(upgradeStatuses).optional(),
      }),
      status: 200,
      answer: listOf(shownUpgrade),
    }),
    async (c) => {
      const { limit, cursor, customerId, ...filter } = c.req.valid('query');
      const caller = callerOf(c);
      const only = isStaff(caller.role) ? customerId : caller.id;
      const rows = await listUpgrades(
        db,
        { ...filter, customerId: only },
        { limit: limit + 1, before: timePage(cursor) },
      );
      const { data, nextCursor } = page(rows, limit, (row) => row);
      return c.json({ data: await viewUpgrades(db, data), nextCursor }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/upgrades/{id}',
      summary: 'One upgrade',
      tag,
      roles: everybody,
      guard: ownUpgrade(deps),
      params: idParam,
      status: 200,
      answer: shownUpgrade,
    }),
    async (c) => c.json(await viewUpgrade(db, await upgradeOf(deps, c.req.valid('param').id)), 200),
  );
}

function requestRoute(deps: ApiDependencies, app: Router): void {
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/upgrades',
      summary: 'Ask what exchanging a leased vehicle for another one comes to',
      tag,
      roles: everybody,
      idempotency: 'optional',
      body: z.strictObject({ leaseId: uuid, vehicleId: uuid, planId: uuid, paymentMethodId: uuid.optional() }),
      status: 201,
      answer: shownUpgrade,
    }),
    async (c) => {
      const { leaseId, ...asked } = c.req.valid('json');
      const caller = callerOf(c);
      const lease = await reachedLease(deps, caller, leaseId);
      if (lease === undefined)
        throw new Problem('unprocessable', 'there is no such lease', [
          { path: 'leaseId', message: 'there is no such lease of yours' },
        ]);
      const upgradeId = uuidFor('upgrade', leaseId, c.get('idempotencyKey') ?? keyOfItsOwn());
      const request = { upgradeId, leaseId, ...asked };
      const row = await transact(db, caller.actor, leaseClock(lease), (context) => requestUpgrade(context, request));
      return c.json(await viewUpgrade(db, row), 201);
    },
  );
}
