import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import {
  addPaymentMethod,
  deletePaymentMethod,
  type PaymentMethodRow,
} from '#use-cases/payments/methods/payment-methods';
import { payerProvider } from '#use-cases/payments/methods/payer-provider';
import { findPaymentMethod, listPaymentMethods, listPayments } from '#db/queries/payments';
import { isStaff } from '#domain/identity/roles';
import { paymentProviders } from '#domain/markets';
import { paymentKinds, paymentStatuses, vehicleMoney } from '#domain/payments/payment';
import { page, pageOfAll, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, owned } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, nothing, router } from '../route.ts';
import { idParam, instant, listOf, mobile, pageQuery, uuid, wholeQuery } from '../schemas.ts';
import { payment, presentPayment } from './view.ts';

const tag = 'payments';
const method = z
  .object({ id: uuid, provider: z.enum(paymentProviders), masked: z.string(), createdAt: instant })
  .openapi('PaymentMethod');
const present = ({ id, provider, masked, createdAt }: PaymentMethodRow) => ({ id, provider, masked, createdAt });

const paymentFilter = z.object({
  ...pageQuery,
  leaseId: uuid.optional(),
  status: z.enum(paymentStatuses).optional(),
  kind: z.enum(paymentKinds).optional(),
  provider: z.enum([...paymentProviders, 'cash', 'former', ...vehicleMoney]).optional(),
});

/** Payment methods and payments. */
export function paymentRoutes(deps: ApiDependencies) {
  const { db, encryption, mobileMoney } = deps;
  const app = router();

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/payment-methods',
      summary: 'My payment methods',
      tag,
      roles: ['customer'],
      query: z.object(wholeQuery),
      status: 200,
      answer: listOf(method),
    }),
    async (c) => {
      const rows = await listPaymentMethods(db, callerOf(c).id);
      return c.json(pageOfAll(rows.map(present), c.req.valid('query'), 'payment methods'), 200);
    },
  );
  const newMethod = z.strictObject({
    provider: z
      .enum(paymentProviders)
      .optional()
      .openapi({ description: "By the number's prefix when absent; a number that was ported needs it" }),
    phone: mobile,
  });
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/payment-methods',
      summary: 'Add a mobile-money account',
      tag,
      roles: ['customer'],
      idempotency: 'optional',
      body: newMethod,
      status: 201,
      answer: method,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      const input = c.req.valid('json');
      const account = { phone: input.phone, provider: payerProvider(mobileMoney, input) };
      return c.json(
        present(await transact(db, actor, new Date(), (context) => addPaymentMethod(context, encryption, id, account))),
        201,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/payment-methods/{id}',
      summary: 'Remove a payment method',
      tag,
      roles: ['customer'],
      guard: owned(async (id) => (await findPaymentMethod(db, id))?.userId),
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id, actor } = callerOf(c);
      await transact(db, actor, new Date(), (context) => deletePaymentMethod(context, id, c.req.valid('param').id));
      return c.body(null, 204);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/payments',
      summary: 'Payments, newest first',
      tag,
      roles: everybody,
      query: paymentFilter,
      status: 200,
      answer: listOf(payment),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const { id, role } = callerOf(c);
      const rows = await listPayments(
        db,
        { ...filter, customerId: isStaff(role) ? undefined : id },
        { limit: limit + 1, before: timePage(cursor) },
      );
      return c.json(page(rows, limit, presentPayment), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/payments/{id}',
      summary: 'One payment',
      tag,
      roles: everybody,
      params: idParam,
      status: 200,
      answer: payment,
    }),
    async (c) => {
      const { id, role } = callerOf(c);
      const [row] = await listPayments(
        db,
        { id: c.req.valid('param').id, customerId: isStaff(role) ? undefined : id },
        { limit: 1 },
      );
      return c.json(presentPayment(found(row)), 200);
    },
  );
  return app;
}
