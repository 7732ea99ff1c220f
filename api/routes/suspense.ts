import { z } from '@hono/zod-openapi';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { transact } from '#use-cases/context';
import { askAgain } from '#use-cases/payments/inbound/ask-again';
import { claimSuspense, releaseSuspense } from '#use-cases/payments/inbound/claim-suspense';
import { receivedFrom } from '#use-cases/payments/inbound/place-inbound';
import { findLease } from '#db/queries/leases';
import { listSuspense, presentInbound, suggestionsFor, type InboundRow } from '#db/queries/suspense';
import { localDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { paymentProviders } from '#domain/markets';
import { inboundStatuses } from '#domain/payments/payment';
import { requiredKey } from '../command-key.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { giveMoney } from '../lease-commands.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { uuidFor } from '../send-command.ts';
import { balance, idParam, instant, instantOrNull, listOf, localDay, pageQuery, uuid } from '../schemas.ts';

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
  const { db } = deps;
  const app = router();
  const present = async (row: InboundRow) =>
    presentInbound(row, row.status === 'suspense' ? await suggestionsFor(db, row) : []);

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
      roles: staff,
      guard: existing(find),
      params: idParam,
      idempotency: 'required',
      goesOn: true,
      body: z.strictObject({ leaseId: uuid }),
      status: 200,
      answer: item,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { leaseId } = c.req.valid('json');
      const { actor } = callerOf(c);
      const [row, lease] = await Promise.all([find(id), findLease(db, leaseId)]);
      const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'leaseId', message }]);
      if (lease === undefined) throw refuse('there is no such lease');
      if (row?.status === 'suspense' && lease.currency !== row.currency)
        throw refuse(`must be a lease in ${row.currency}`);
      const key = requiredKey(c);
      const wish = { inboundId: id, leaseId, paymentId: uuidFor('suspense', actor.id, key) };
      // This very request went on when its caller had waited long enough, and is done.
      if (row?.paymentId === wish.paymentId) return c.json(await present(row), 200);
      // Or it goes on still: then the claim is there, and the row is the lease's until it has booked it.
      const isUnderWay = row?.status === 'suspense' && row.resolvedBy === actor.id && row.leaseId === leaseId;
      const now = (isUnderWay ? row.resolvedAt : null) ?? new Date();
      const money = isUnderWay
        ? receivedFrom(row, wish.paymentId)
        : await transact(db, actor, now, (context) => claimSuspense(context, wish));
      try {
        await giveMoney(deps, leaseId, { actor, money }, key);
      } catch (error) {
        // What may still be under way keeps its claim, which lapses by itself.
        if (error instanceof Problem || error instanceof WorkflowUpdateFailedError)
          await transact(db, actor, now, (context) => releaseSuspense(context, id));
        throw error;
      }
      const after = await find(id);
      if (after === undefined) throw new Problem('internal');
      return c.json(await present(after), 200);
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
