import { z } from '@hono/zod-openapi';
import { leaseStands, listLeases, scheduleOf, timelineOf } from '#db/queries/leases';
import { takenOverVersion } from '#db/queries/tenures';
import { Problem } from '#domain/errors';
import { levelled } from '#domain/leases/position';
import { isStaff } from '#domain/identity/roles';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import { leaseOf, ownLease } from '../guards.ts';
import { page, pageOfAll, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { applyForLease } from '#use-cases/leases/apply-for-lease';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, listOf, market, pageQuery, text, uuid, wholeNumber, wholeQuery, instant } from '../schemas.ts';
import { presentLine, scheduleLine } from './schedule.ts';
import { lease, viewLease, viewLeases } from './view.ts';

const timelineEntry = z
  .object({
    at: instant,
    type: z.string(),
    status: z.enum(leaseStatuses).nullable(),
    actor: z.object({ role: z.string(), id: z.string() }),
    detail: z.record(z.string(), z.unknown()),
  })
  .openapi('TimelineEntry');

const tag = 'leases';

/** Leases: apply and read. */
export function leaseRoutes(deps: ApiDependencies) {
  const app = router();
  const guard = ownLease(deps);

  const application = z.strictObject({ vehicleId: uuid, planId: uuid, paymentMethodId: uuid });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases',
      summary: 'Apply for a lease',
      tag,
      roles: ['customer'],
      idempotency: 'optional',
      goesOn: true,
      body: application,
      status: 202,
      answer: lease,
    }),
    async (c) => {
      const leaseId = await applyForLease(deps, callerOf(c).id, c.req.valid('json'), c.get('idempotencyKey'));
      return c.json(await viewLease(deps.db, leaseId, callerOf(c)), 202);
    },
  );

  const filter = z.object({
    ...pageQuery,
    status: z.enum(leaseStatuses).optional(),
    vehicleId: uuid.optional(),
    customerId: uuid.optional(),
    market: market.optional(),
    q: text(40).optional().openapi({ description: 'Its reference' }),
  });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/leases',
      summary: 'My leases; all of them for staff',
      tag,
      roles: everybody,
      query: filter,
      status: 200,
      answer: listOf(lease),
    }),
    async (c) => {
      const { limit, cursor, customerId, ...rest } = c.req.valid('query');
      const caller = callerOf(c);
      const only = isStaff(caller.role) ? customerId : caller.id;
      const rows = await listLeases(
        deps.db,
        { ...rest, customerId: only },
        { limit: limit + 1, before: timePage(cursor) },
      );
      return c.json(
        page(await viewLeases(deps.db, rows, caller), limit, (lease) => lease),
        200,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/leases/{id}',
      summary: 'One lease, on its own clock',
      tag,
      roles: everybody,
      guard,
      params: idParam,
      status: 200,
      answer: lease,
    }),
    async (c) => c.json(await viewLease(deps.db, c.req.valid('param').id, callerOf(c)), 200),
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/leases/{id}/schedule',
      summary: 'What is due when; an earlier version as it was when it was replaced',
      tag,
      roles: everybody,
      guard,
      params: idParam,
      query: z.object({ ...wholeQuery, version: wholeNumber(1).optional() }),
      status: 200,
      answer: listOf(scheduleLine),
    }),
    async (c) => {
      const row = await leaseOf(deps, c.req.valid('param').id);
      const { version = row.scheduleVersion, ...asked } = c.req.valid('query');
      const first = isStaff(callerOf(c).role) ? 1 : await takenOverVersion(deps.db, row);
      if (version > row.scheduleVersion || version < first)
        throw new Problem('not_found', 'the lease has no such version of its schedule');
      const isCurrent = version === row.scheduleVersion && isRunning(row.status);
      const [lines, stands] = await Promise.all([
        scheduleOf(deps.db, row.id, version),
        isCurrent ? leaseStands(deps.db, [row]) : [],
      ]);
      const [stand] = stands;
      const lateFrom = stand === undefined ? undefined : (stand.late.nextDue?.on ?? null);
      const all = levelled(lines).map((line) => presentLine(row, line, lateFrom));
      return c.json(pageOfAll(all, asked, `schedule ${version}`), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/leases/{id}/timeline',
      summary: 'What happened, oldest first',
      tag,
      roles: everybody,
      guard,
      params: idParam,
      query: z.object(wholeQuery),
      status: 200,
      answer: listOf(timelineEntry),
    }),
    async (c) => {
      const { id, transferredAt } = await leaseOf(deps, c.req.valid('param').id);
      const since = isStaff(callerOf(c).role) ? null : transferredAt;
      return c.json(pageOfAll(await timelineOf(deps.db, id, since), c.req.valid('query'), 'timeline'), 200);
    },
  );
  return app;
}
