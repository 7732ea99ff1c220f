import { z } from '@hono/zod-openapi';
import { listCases, type CaseRow } from '#db/queries/cases';
import { decideCase } from '#use-cases/payments/deciding/decide-case';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { idParam, listOf, localDay, money, pageQuery, text, uuid, instant, instantOrNull } from '../schemas.ts';

const moneyCase = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    leaseId: z.uuid().nullable(),
    paymentId: z.uuid().nullable(),
    status: z.enum(['open', 'closed']),
    openedAt: instant,
    closedAt: instantOrNull,
    closedBy: z.uuid().nullable(),
    resolution: z.string().nullable(),
    ticketIds: z.array(z.uuid()).openapi({ description: 'The tickets that go with it, the first first' }),
    detail: z.record(z.string(), z.unknown()),
  })
  .openapi('Case');

function presentCase(row: CaseRow & { readonly ticketIds: readonly string[] }) {
  const { id, kind, leaseId, paymentId, status, detail, openedAt, closedAt, closedBy, resolution } = row;
  const ticketIds = [...row.ticketIds];
  return { id, kind, leaseId, paymentId, status, detail, openedAt, closedAt, closedBy, resolution, ticketIds };
}

const filter = z.object({
  ...pageQuery,
  leaseId: uuid.optional(),
  paymentId: uuid.optional(),
  kind: text(60).optional(),
  status: z.enum(['open', 'closed']).optional(),
});

const closing = z
  .strictObject({
    resolution: text().default('closed without a word'),
    decision: z.enum(['confirmed', 'rejected']).optional().openapi({
      description:
        'Of backdated cash, by another person than the agent who took it: whether it was taken that day. Of an insurer’s money, by another admin than the one who ended the lease: whether it came',
    }),
    paidOn: localDay.optional().openapi({
      description: 'With `confirmed`: the day on which it was taken, if not the one that the agent says',
    }),
    amount: money.optional().openapi({
      description:
        'With `confirmed`: what the insurer has paid, if less than was said; what is missing is taken out of the books',
    }),
  })
  .refine(({ decision, amount }) => amount === undefined || decision === 'confirmed', {
    path: ['amount'],
    message: 'is confirmed or not said',
  })
  .refine(({ decision, paidOn }) => paidOn === undefined || decision === 'confirmed', {
    path: ['paidOn'],
    message: 'is confirmed or not said',
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
      answer: listOf(moneyCase),
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
      answer: moneyCase,
    }),
    async (c) => {
      return c.json(presentCase(found(await find(c.req.valid('param').id))), 200);
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
      goesOn: true,
      body: closing,
      answer: moneyCase,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const open = found(await find(id));
      await decideCase(deps, callerOf(c).actor, open, c.get('idempotencyKey'), c.req.valid('json'));
      return c.json(presentCase(found(await find(id))), 200);
    },
  );
  return app;
}
