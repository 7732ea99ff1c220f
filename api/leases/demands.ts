import { z } from '@hono/zod-openapi';
import { findDemand, listDemands, type DemandRow } from '#db/queries/demands';
import { isStaff } from '#domain/identity/roles';
import { demandKinds, repossessionSteps } from '#domain/leases/demand';
import { money as sumOf } from '#domain/money';
import { spoken } from '#domain/phrase';
import { makeDemand } from '#use-cases/leases/repossession/make-demand';
import { openDemand } from '#use-cases/leases/repossession/open-demand';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { owned, ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, instant, listOf, localDay, money, pageQuery, uuid } from '../schemas.ts';

const demand = z
  .object({
    id: uuid,
    leaseId: uuid,
    kind: z.enum(demandKinds).openapi({
      description: '`arrears`: before the vehicle may be taken back. `redemption`: before one that was may be sold',
    }),
    amount: money,
    demandedOn: localDay,
    until: localDay.openapi({ description: 'The first day on which the vehicle may be taken back, or sold' }),
    language: z.enum(spoken),
    code: z.string().openapi({ description: 'Verifies the paper at `/v1/verify/{code}`' }),
    sha256: z.string(),
    createdAt: instant,
  })
  .openapi('Demand');

const presentDemand = (row: DemandRow): z.infer<typeof demand> => {
  const { id, leaseId, kind, demandedOn, until, language, code, sha256 } = row;
  const said = { id, leaseId, kind, demandedOn, until, language, code, sha256 };
  return { ...said, amount: sumOf(row.amount, row.currency), createdAt: row.createdAt.toISOString() };
};

const tag = 'demands';

/** What is demanded of customers in writing. */
export function demandRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/demands',
      summary:
        'Demand in writing what is overdue, or what is owed of a vehicle that was taken back; the customer is told',
      tag,
      roles: repossessionSteps.demand.by,
      guard: ownLease(deps),
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 201,
      answer: demand,
    }),
    async (c) => c.json(presentDemand(await makeDemand(deps, callerOf(c).actor, c.req.valid('param').id)), 201),
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/demands',
      summary: 'What was demanded of me in writing, newest first; of everybody for staff',
      tag,
      roles: everybody,
      query: z.object({ ...pageQuery, leaseId: uuid.optional(), kind: z.enum(demandKinds).optional() }),
      status: 200,
      answer: listOf(demand),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const { id, role } = callerOf(c);
      const customerId = isStaff(role) ? undefined : id;
      const rows = await listDemands(db, { ...filter, customerId }, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentDemand), 200);
    },
  );
  contentRoute(deps, app);
  return app;
}

function contentRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const route = defineRoute(deps, {
    method: 'get',
    path: '/demands/{id}/content',
    summary: 'The paper, as PDF',
    tag,
    roles: everybody,
    guard: owned(async (id) => (await findDemand(deps.db, id))?.customerId),
    params: idParam,
    status: 200,
    answer: z.string(),
  });
  const file = { schema: z.string().openapi({ format: 'binary' }) };
  const answer = { description: 'The paper', content: { 'application/pdf': file } };
  app.openapi({ ...route, responses: { ...route.responses, 200: answer } }, async (c) => {
    const { id } = c.req.valid('param');
    const { bytes, mediaType, sha256 } = await openDemand(deps, id);
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': mediaType,
      'content-disposition': `attachment; filename="demand-${id}.pdf"`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
      etag: `"${sha256}"`,
    });
  });
}
