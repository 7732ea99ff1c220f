import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { transact } from '#use-cases/context';
import { giveUpDispute } from '#use-cases/payments/reversal/give-up-dispute';
import { giveCreditBack, type GivenBack } from '#use-cases/payments/refunds/give-credit-back';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router, staff } from '../route.ts';
import { cashReceipt, idParam, money, text, uuid } from '../schemas.ts';
import { uuidFor } from '#steering/uuid-for';
import { leaseOf, ownLease, requiredKey } from '../guards.ts';
import { lease, viewLease } from './view.ts';

/** What a customer gets, in cash against his receipt or to another number of his: the sum and one of the ways, or nothing. */
const given = z
  .strictObject({ amount: money, receiptNumber: cashReceipt, paymentMethodId: uuid })
  .partial()
  .openapi({
    description:
      'The cash that the customer gets and the receipt he signs; or what he gets by another payment method of his, to which mobile money that was refused on all its tries is paid out; without them only mobile money is tried again',
  })
  .transform(({ amount, receiptNumber, paymentMethodId }, context): GivenBack | undefined => {
    if (amount !== undefined && receiptNumber !== undefined && paymentMethodId === undefined)
      return { amount, receiptNumber };
    if (amount !== undefined && paymentMethodId !== undefined && receiptNumber === undefined)
      return { amount, paymentMethodId };
    if (amount === undefined && receiptNumber === undefined && paymentMethodId === undefined) return undefined;
    const isBoth = receiptNumber !== undefined && paymentMethodId !== undefined;
    const message = isBoth ? 'must be left out with a receipt: it is for cash' : 'is needed with the other';
    const path = isBoth ? 'paymentMethodId' : amount === undefined ? 'amount' : 'receiptNumber';
    context.addIssue({ code: 'custom', path: [path], message });
    return z.NEVER;
  });

/** Credit of a customer's that goes back to him, while the lease lives and after it. */
export function leaseCreditRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/return-credit',
      summary:
        'Pay credit out that has no way back by mobile money, in cash or to another number; the rest goes back by itself, and is tried again',
      tag: 'leases',
      params: idParam,
      guard: ownLease(deps),
      roles: staff,
      idempotency: 'required',
      body: given,
      status: 200,
      answer: lease,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const asked = c.req.valid('json');
      const given = asked === undefined ? undefined : { ...asked, key: requiredKey(c) };
      await giveCreditBack(deps, callerOf(c).actor, id, given);
      return c.json(await viewLease(deps.db, id, callerOf(c)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/give-up-dispute',
      summary: 'Give up as a loss what a provider took back and nobody pays any more',
      tag: 'leases',
      params: idParam,
      guard: ownLease(deps),
      roles: adminOnly,
      idempotency: 'required',
      body: z.strictObject({ reason: text() }),
      status: 200,
      answer: lease,
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      const { actor } = callerOf(c);
      const lease = await leaseOf(deps, leaseId);
      const decisionId = uuidFor('give-up-dispute', leaseId, actor.id, requiredKey(c));
      await transact(deps.db, actor, leaseClock(lease), (context) =>
        giveUpDispute(context, { leaseId, decisionId, ...c.req.valid('json') }),
      );
      return c.json(await viewLease(deps.db, leaseId, callerOf(c)), 200);
    },
  );
  return app;
}
