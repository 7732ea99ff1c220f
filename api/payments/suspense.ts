import { z } from '@hono/zod-openapi';
import { decideGiveBack } from '#use-cases/payments/suspense/give-back/decide-give-back';
import { orderGiveBack } from '#use-cases/payments/suspense/give-back/order-give-back';
import { askAgain } from '#use-cases/payments/inbound/ask-again';
import { resolveSuspense } from '#use-cases/payments/suspense/resolve-suspense';
import { giveBacksOf, listSuspense, suggestionsFor, type GiveBackRow, type InboundRow } from '#db/queries/suspense';
import { localDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { commands } from '#domain/leases/commands';
import { paymentProviders } from '#domain/markets';
import { declineReasons } from '#domain/payments/decline';
import { giveBackStatuses, inboundStatuses } from '#domain/payments/payment';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, requiredKey } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router, staff } from '../route.ts';
import { balance, idParam, instant, instantOrNull, listOf, localDay, pageQuery, text, uuid } from '../schemas.ts';
import type { Suggestion } from '#domain/payments/suggestions';
import { money } from '#domain/money';

function presentInbound(row: InboundRow, givenBack: GiveBackRow | undefined, suggestions: readonly Suggestion[]) {
  return {
    id: row.id,
    provider: row.provider,
    providerReference: row.receipt,
    payerMasked: row.payerMasked,
    account: row.account,
    amount: money(row.amount, row.currency),
    wentBack: money(row.wentBack, row.currency),
    claimed: money(row.claimed, row.currency),
    paidAt: row.paidAt,
    receivedAt: row.receivedAt,
    status: row.status,
    leaseId: row.leaseId,
    paymentId: row.paymentId,
    resolvedAt: row.resolvedAt,
    giveBack: givenBack === undefined ? null : presentGiveBack(givenBack),
    suggestions: [...suggestions],
  };
}

function presentGiveBack({ id, status, declined, providerReference, createdAt, settledAt }: GiveBackRow) {
  return { id, status, reason: declined, providerReference, requestedAt: createdAt, settledAt };
}

const tag = 'payments';
const item = z
  .object({
    id: uuid,
    provider: z.enum(paymentProviders),
    providerReference: z.string(),
    payerMasked: z.string(),
    account: z.string().openapi({ description: 'What the customer typed' }),
    amount: balance.openapi({ description: 'What is here: all that was paid, less `wentBack` and `claimed`' }),
    claimed: balance.openapi({ description: 'What has paid what who had the lease before owes' }),
    wentBack: balance.openapi({ description: 'What went back to whoever had paid it while a wrong lease had it' }),
    paidAt: instant,
    receivedAt: instant,
    status: z.enum(inboundStatuses),
    leaseId: uuid.nullable(),
    paymentId: uuid.nullable(),
    resolvedAt: instantOrNull,
    giveBack: z
      .object({
        id: uuid,
        status: z.enum(giveBackStatuses),
        reason: z.enum(declineReasons).nullable().openapi({ description: 'Why it failed' }),
        providerReference: z.string().nullable(),
        requestedAt: instant,
        settledAt: instantOrNull,
      })
      .nullable()
      .openapi({ description: 'How far the newest try to send it back to whoever had paid it has got' }),
    suggestions: z.array(z.object({ leaseId: uuid, why: z.string() })),
  })
  .openapi('Suspense');

/** Money that came for nobody known yet, and who it may belong to. */
export function suspenseRoutes(deps: ApiDependencies) {
  const { db, encryption } = deps;
  const app = router();
  const presentAll = async (rows: readonly InboundRow[]) => {
    const givenBack = await giveBacksOf(
      db,
      rows.map(({ id }) => id),
    );
    const suggested = (row: InboundRow) => (row.status === 'suspense' ? suggestionsFor(db, encryption, row) : []);
    return Promise.all(rows.map(async (row) => presentInbound(row, givenBack.get(row.id), await suggested(row))));
  };
  const presented = async (id: string) => {
    const [after] = await presentAll(await listSuspense(db, { status: 'suspense', id }, { limit: 1 }));
    if (after === undefined) throw new Problem('internal');
    return after;
  };

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
      return c.json({ data: await presentAll(data), nextCursor }, 200);
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
      await resolveSuspense(deps, callerOf(c).actor, { inboundId, leaseId }, requiredKey(c));
      return c.json(await presented(inboundId), 200);
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
      return c.json(await presented(id), 202);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/suspense/{id}/give-back',
      summary: 'Send the money back to whoever paid it, once; above a sum only an admin does',
      tag,
      roles: staff,
      guard: existing(find),
      params: idParam,
      idempotency: 'required',
      body: z.strictObject({ reason: text() }),
      status: 202,
      answer: item,
    }),
    async (c) => {
      const { id: inboundId } = c.req.valid('param');
      const { reason } = c.req.valid('json');
      await orderGiveBack(deps, callerOf(c).actor, { inboundId, reason }, requiredKey(c));
      return c.json(await presented(inboundId), 202);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/suspense/{id}/decide-give-back',
      summary: 'Decide what became of money that was sent back and of which no provider can tell',
      tag,
      roles: adminOnly,
      guard: existing(find),
      params: idParam,
      idempotency: 'required',
      body: z.strictObject({
        outcome: z.enum(['succeeded', 'failed']),
        providerReference: text().optional().openapi({ description: "The provider's receipt, where there is one" }),
        reason: text(),
      }),
      status: 200,
      answer: item,
    }),
    async (c) => {
      const { id: inboundId } = c.req.valid('param');
      const { providerReference = null, ...decision } = c.req.valid('json');
      await decideGiveBack(deps, callerOf(c).actor, { inboundId, providerReference, ...decision });
      return c.json(await presented(inboundId), 200);
    },
  );
  return app;
}
