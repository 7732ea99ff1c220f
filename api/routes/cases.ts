import { z } from '@hono/zod-openapi';
import { transact } from '#activities/context';
import { closeCase } from '#activities/payments/close-case';
import { listCases, presentCase } from '#db/queries/cases';
import { Problem } from '#domain/errors';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import * as shapes from '../lease-schemas.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { idParam, listOf, pageQuery, text, uuid } from '../schemas.ts';

const filter = z.object({
  ...pageQuery,
  leaseId: uuid.optional(),
  paymentId: uuid.optional(),
  kind: text(60).optional(),
  status: z.enum(['open', 'closed']).optional(),
});

/** Money that a person must look at, and what came of it. */
export function caseRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const find = async (id: string) => (await listCases(db, { id }, { limit: 1 }))[0];
  const common = { tag: 'payments', roles: staff, status: 200 } as const;

  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'get',
      path: '/cases',
      summary: 'Money that a person must look at, newest first',
      query: filter,
      answer: listOf(shapes.moneyCase),
    }),
    async (c) => {
      const { limit, cursor, ...wanted } = c.req.valid('query');
      const rows = await listCases(db, wanted, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentCase), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'get',
      path: '/cases/{id}',
      summary: 'One case',
      params: idParam,
      answer: shapes.moneyCase,
    }),
    async (c) => {
      const row = await find(c.req.valid('param').id);
      if (row === undefined) throw new Problem('not_found');
      return c.json(presentCase(row), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'post',
      path: '/cases/{id}/close',
      summary: 'Close a case with what came of it',
      guard: existing(find),
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({ resolution: text() }),
      answer: shapes.moneyCase,
    }),
    async (c) => {
      const input = { ...c.req.valid('param'), ...c.req.valid('json') };
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => closeCase(context, input));
      return c.json(presentCase(row), 200);
    },
  );
  return app;
}
