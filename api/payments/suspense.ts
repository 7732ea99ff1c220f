import { z } from '@hono/zod-openapi';
import { askAgain } from '#use-cases/payments/inbound/ask-again';
import { resolveSuspense } from '#use-cases/payments/inbound/resolve-suspense';
import { listSuspense, suggestionsFor, type InboundRow } from '#db/queries/suspense';
import { localDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { commands } from '#domain/leases/commands';
import { paymentProviders } from '#domain/markets';
import { inboundStatuses } from '#domain/payments/payment';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, requiredKey } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { balance, idParam, instant, instantOrNull, listOf, localDay, pageQuery, uuid } from '../schemas.ts';
import type { Suggestion } from '#domain/payments/suggestions';
import { money } from '#domain/money';

function presentInbound(row: InboundRow, suggestions: readonly Suggestion[]) {
  return {
    id: row.id,
    provider: row.provider,
    providerReference: row.receipt,
    payerMasked: row.payerMasked,
    account: row.account,
    amount: money(row.amount, row.currency),
    paidAt: row.paidAt,
    receivedAt: row.receivedAt,
    status: row.status,
    leaseId: row.leaseId,
    paymentId: row.paymentId,
    resolvedAt: row.resolvedAt,
    suggestions: [...suggestions],
  };
}

const tag = 'payments';
const item = z
  .object({
    id: uuid,
    provider: z.enum(paymentProviders),
    providerReference: z.string(),
    payerMasked: z.string(),
    account: z.string().openapi({ description: 'What the customer typed' }),
    amount: balance,
    paidAt: instant,
    receivedAt: instant,
    status: z.enum(inboundStatuses),
    leaseId: uuid.nullable(),
    paymentId: uuid.nullable(),
    resolvedAt: instantOrNull,
    suggestions: z.array(z.object({ leaseId: uuid, why: z.string() })),
  })
  .openapi('Suspense');

/** Money that came for nobody known yet, and who it may belong to. */
export function suspenseRoutes(deps: ApiDependencies) {
  const { db, encryption } = deps;
  const app = router();
  const present = async (row: InboundRow) =>
    presentInbound(row, row.status === 'suspense' ? await suggestionsFor(db, encryption, row) : []);

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/suspense',
      summary: 'Money that waits for its owner, newest first, with suggestions',
      tag,
      roles: staff,
      query: z.object({ ...pageQuery, status: item.shape.status.default('suspense') }),
      status: 200,
      answer: listOf(item),
    }),
    async (c) => {
      const { limit, cursor, status } = c.req.valid('query');
      const rows = await listSuspense(db, { status }, { limit: limit + 1, before: timePage(cursor) });
      const { data, nextCursor } = page(
        rows.map((row) => ({ ...row, createdAt: row.receivedAt })),
        limit,
        (row) => row,
      );
      return c.json({ data: await Promise.all(data.map(present)), nextCursor }, 200);
    },
  );

  const find = async (id: string) => (await listSuspense(db, { status: 'suspense', id }, { limit: 1 }))[0];
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/suspense/{id}/resolve',
      summary: 'Give the money to a lease, once',
      tag,
      roles: commands.receiveMoney.by,
      guard: existing(find),
      params: idParam,
      idempotency: 'required',
      body: z.strictObject({ leaseId: uuid }),
      status: 200,
      answer: item,
    }),
    async (c) => {
      const { id: inboundId } = c.req.valid('param');
      const { leaseId } = c.req.valid('json');
      const row = await resolveSuspense(deps, callerOf(c).actor, { inboundId, leaseId }, requiredKey(c));
      return c.json(await present(row), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/suspense/{id}/ask',
      summary: 'Ask the provider once more about a payment that it denied',
      tag,
      roles: staff,
      guard: existing(find),
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({
        paidOn: localDay.openapi({ description: 'Whose statement to look at, in the time of its market' }).optional(),
      }),
      status: 202,
      answer: item,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { paidOn } = c.req.valid('json');
      const { actor } = callerOf(c);
      await askAgain(deps, actor, { inboundId: id, paidOn: paidOn === undefined ? null : localDate(paidOn) });
      const after = await find(id);
      if (after === undefined) throw new Problem('internal');
      return c.json(await present(after), 202);
    },
  );
  return app;
}
