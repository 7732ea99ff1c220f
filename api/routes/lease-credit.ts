import { z } from '@hono/zod-openapi';
import { transact } from '#activities/context';
import { restartFromBooks } from '#activities/leases/restart-lease';
import { returnCredit } from '#activities/payments/return-credit';
import { tellLease } from '#activities/payments/tell-lease';
import { findLease, leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import { hasEnded } from '#domain/leases/status';
import { normalReceiptNumber } from '#domain/payments/receipt-number';
import type { ApiDependencies } from '../dependencies.ts';
import { inLeaseCurrency, readLease } from '../lease-commands.ts';
import * as shapes from '../lease-schemas.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router, staff } from '../route.ts';
import { idParam, money, text } from '../schemas.ts';
import { uuidFor } from '../send-command.ts';
import { ownLease } from './leases.ts';

/** Credit of a customer's that goes back to him, while the lease lives and after it. */
export function leaseCreditRoutes(deps: ApiDependencies) {
  const { db } = deps;
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
      body: z
        .strictObject({ amount: money, receiptNumber: text(64) })
        .partial()
        .openapi({
          description:
            'The cash that the customer gets and the receipt he signs; without them only mobile money is tried again',
        }),
      status: 200,
      answer: shapes.lease,
    }),
    async (c) => {
      const { actor, id: agentId } = callerOf(c);
      const lease = await findLease(db, c.req.valid('param').id);
      if (lease === undefined) throw new Problem('not_found');
      const { amount, receiptNumber } = c.req.valid('json');
      if ((amount === undefined) !== (receiptNumber === undefined)) {
        const path = amount === undefined ? 'amount' : 'receiptNumber';
        throw new Problem('invalid_input', 'cash needs both', [{ path, message: 'is needed with the other' }]);
      }
      if (amount !== undefined && receiptNumber !== undefined) {
        const paymentId = uuidFor('cash', agentId, normalReceiptNumber(receiptNumber));
        const given = { leaseId: lease.id, amount: inLeaseCurrency(lease, amount), paymentId, receiptNumber };
        await transact(db, actor, leaseClock(lease), (context) => returnCredit(context, deps, given));
      }
      // A lease that is over is woken, so that mobile money is tried again.
      await (hasEnded(lease.status) ? restartFromBooks(deps, lease.id) : tellLease(deps, lease.id));
      return c.json(await readLease(db, lease.id), 200);
    },
  );
  return app;
}
