import { z } from '@hono/zod-openapi';
import { giveCreditBack } from '#use-cases/payments/give-credit-back';
import type { ApiDependencies } from '../dependencies.ts';
import * as shapes from './schemas.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { cashReceipt, idParam, money } from '../schemas.ts';
import { ownLease } from '../guards.ts';
import { viewLease } from './view.ts';

/** The cash that a customer gets, and his receipt: both, or neither. */
const cash = z
  .strictObject({ amount: money, receiptNumber: cashReceipt })
  .partial()
  .openapi({
    description:
      'The cash that the customer gets and the receipt he signs; without them only mobile money is tried again',
  })
  .transform(({ amount, receiptNumber }, context) => {
    if (amount !== undefined && receiptNumber !== undefined) return { amount, receiptNumber };
    if (amount === undefined && receiptNumber === undefined) return undefined;
    const path = amount === undefined ? 'amount' : 'receiptNumber';
    context.addIssue({ code: 'custom', path: [path], message: 'is needed with the other' });
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
        'Pay credit out in cash that has no way back by mobile money, which goes back by itself, and is tried again',
      tag: 'leases',
      params: idParam,
      guard: ownLease(deps),
      roles: staff,
      idempotency: 'required',
      body: cash,
      status: 200,
      answer: shapes.lease,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      await giveCreditBack(deps, callerOf(c).actor, id, c.req.valid('json'));
      return c.json(await viewLease(deps.db, id), 200);
    },
  );
  return app;
}
