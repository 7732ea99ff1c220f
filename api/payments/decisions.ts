import { z } from '@hono/zod-openapi';
import { bookPaymentAgain } from '#use-cases/payments/reversal/book-again';
import { movePaymentTo } from '#use-cases/payments/reversal/move-payment';
import { undoPayment } from '#use-cases/payments/reversal/undo-payment';
import { listPayments } from '#db/queries/payments';
import { commands } from '#domain/leases/commands';
import { movedIn } from '#domain/payable';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found, requiredKey } from '../guards.ts';
import { commandLease } from '#steering/command-lease';
import { uuidFor } from '#steering/uuid-for';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router } from '../route.ts';
import { idParam, localDay, money, text, uuid } from '../schemas.ts';
import { payment, presentPayment } from './view.ts';

/** What an operator decides about one payment, always with a reason. */
export function paymentDecisionRoutes(deps: ApiDependencies) {
  const app = router();
  const find = async (id: string) => {
    const [row] = await listPayments(deps.db, { id }, { limit: 1 });
    return found(row);
  };
  const common = {
    method: 'post',
    tag: 'payments',
    params: idParam,
    guard: existing(find),
    idempotency: 'required',
    status: 200,
    answer: payment,
  } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      goesOn: true,
      path: '/payments/{id}/decide',
      summary: 'Decide what became of an unknown payment',
      roles: commands.decideUnknown.by,
      body: z.strictObject({
        outcome: z.enum(['succeeded', 'failed']),
        providerReference: text().optional().openapi({ description: "The provider's receipt, where there is one" }),
        paidOn: localDay.optional().openapi({ description: 'When it was paid, if not on the day it was asked for' }),
        reason: text(),
      }),
    }),
    async (c) => {
      const { id, leaseId } = await find(c.req.valid('param').id);
      const { providerReference = null, ...decision } = c.req.valid('json');
      const command = { actor: callerOf(c).actor, attemptId: id, providerReference, ...decision };
      await commandLease(deps, leaseId, 'decideUnknown', command, c.get('idempotencyKey'));
      return c.json(presentPayment(await find(id)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      goesOn: true,
      path: '/payments/{id}/reverse',
      roles: commands.reversePayment.by,
      summary: 'The provider took the payment back, or it was booked by mistake: a counter-entry',
      body: z.strictObject({
        reason: text(),
        to: z.enum(['provider', 'suspense']).optional().openapi({
          description: 'Where the money of a pay-bill payment is now; without it, where it came from',
        }),
        amount: money.optional().openapi({
          description:
            'What the provider took back: a part, as often as it does, or what was left; without it, all that is left',
        }),
      }),
    }),
    async (c) => {
      const { id, leaseId, currency } = await find(c.req.valid('param').id);
      const { amount: sum, ...said } = c.req.valid('json');
      const { actor } = callerOf(c);
      const reversalId = uuidFor('reversal', id, actor.id, requiredKey(c));
      const part = sum === undefined ? {} : { amount: movedIn({ currency }, sum), reversalId };
      const wish = { leaseId, attemptId: id, ...said, ...part };
      await undoPayment(deps, actor, wish, c.get('idempotencyKey'));
      return c.json(presentPayment(await find(id)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/payments/{id}/book-again',
      roles: commands.reversePayment.by,
      summary: 'A charge that was reversed is at its provider all the same: another admin books it again',
      body: z.strictObject({
        reason: text(),
        transferId: uuid.optional().openapi({
          description: 'Of the ledger: the one part that is there all the same; without it, all that was taken back',
        }),
      }),
    }),
    async (c) => {
      const { id, leaseId } = await find(c.req.valid('param').id);
      await bookPaymentAgain(deps, callerOf(c).actor, { leaseId, attemptId: id, ...c.req.valid('json') });
      return c.json(presentPayment(await find(id)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/payments/{id}/move',
      roles: commands.reversePayment.by,
      summary: 'What a customer paid from his phone for the wrong one of his leases is of the other',
      body: z.strictObject({ leaseId: uuid, reason: text() }),
    }),
    async (c) => {
      const { id, leaseId: fromId } = await find(c.req.valid('param').id);
      await movePaymentTo(deps, callerOf(c).actor, { attemptId: id, fromId, ...c.req.valid('json') });
      return c.json(presentPayment(await find(id)), 200);
    },
  );
  return app;
}
