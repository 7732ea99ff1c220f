import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { commands } from '#domain/leases/commands';
import { money as moneyOf } from '#domain/money';
import { uuidFor } from '#steering/uuid-for';
import { transact } from '#use-cases/context';
import { takeClaimCash, undoClaimCash } from '#use-cases/payments/reversal/claim-cash';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease, requiredKey } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { balance, cashReceipt, idParam, money, text, uuid } from '../schemas.ts';

const claimPayment = z
  .object({ id: uuid, leaseId: uuid, caseId: uuid, amount: balance, left: balance })
  .openapi('ClaimPayment');

/** What whoever had a lease before pays of what was taken back of him since. */
export function leaseClaimRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/claim-cash',
      summary:
        'Cash that an agent has taken of whoever had the lease before, for a claim (the case former_chargeback); a receipt number is good once, and again once its cash is taken out',
      tag: 'leases',
      params: idParam,
      guard: ownLease(deps),
      roles: commands.receiveMoney.by,
      idempotency: 'required',
      body: z.strictObject({ caseId: uuid, amount: money, receiptNumber: cashReceipt }),
      status: 200,
      answer: claimPayment,
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      const { actor } = callerOf(c);
      const lease = await leaseOf(deps, leaseId);
      const paymentId = uuidFor('claim-cash', leaseId, actor.id, requiredKey(c));
      const taken = await transact(deps.db, actor, leaseClock(lease), (context) =>
        takeClaimCash(context, deps.config, { leaseId, paymentId, ...c.req.valid('json') }),
      );
      const sums = { amount: moneyOf(taken.amount, lease.currency), left: moneyOf(taken.left, lease.currency) };
      return c.json({ ...taken, ...sums }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/undo-claim-cash',
      summary: 'Take cash for a claim out of the books: it is owed again, and its agent holds it',
      tag: 'leases',
      params: idParam,
      guard: ownLease(deps),
      roles: adminOnly,
      idempotency: 'required',
      body: z.strictObject({ paymentId: uuid, reason: text() }),
      status: 200,
      answer: claimPayment,
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      const { paymentId: transferId, reason } = c.req.valid('json');
      const lease = await leaseOf(deps, leaseId);
      const undone = await transact(deps.db, callerOf(c).actor, leaseClock(lease), (context) =>
        undoClaimCash(context, { leaseId, transferId, reason }),
      );
      const sums = { amount: moneyOf(undone.amount, lease.currency), left: moneyOf(undone.left, lease.currency) };
      return c.json({ ...undone, ...sums }, 200);
    },
  );
  return app;
}
