import { z } from '@hono/zod-openapi';
import { pauseKinds } from '#domain/leases/pause';
import { inLeaseCurrency } from '#domain/payments/payable';
import * as messages from '#workflows/lease/messages';
import { leaseOf, ownLease, requiredKey } from '../guards.ts';
import type { ApiDependencies } from '../dependencies.ts';

import { commandLease } from '#steering/command-lease';
import { payQuote } from '#use-cases/payments/pay-quote';
import * as shapes from './schemas.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, money, text, uuid } from '../schemas.ts';
import { steerLease } from './view.ts';
import { presentPayment } from '../payments/view.ts';

const tag = 'leases';
const hour = z.int().min(0).max(23);

/** What is agreed on while a lease runs: pauses, promises, new schedules, settlement, write-off. */
export function leaseAgreementRoutes(deps: ApiDependencies) {
  const app = router();
  const common = {
    method: 'post',
    tag,
    params: idParam,
    guard: ownLease(deps),
    idempotency: 'optional',
    goesOn: true,
    status: 200,
    answer: shapes.lease,
  } as const;

  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/pause',
      summary: 'Pause collections: every unpaid instalment moves by as many days',
      roles: everybody,
      body: z.strictObject({ kind: z.enum(pauseKinds), days: z.int().min(1).max(60) }),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const request = { actor: callerOf(c).actor, ...c.req.valid('json') };
      return c.json(await steerLease(deps, id, messages.pause, request, c.get('idempotencyKey')), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/resume',
      summary: 'End a pause before its time',
      roles: everybody,
      body: z.strictObject({}),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const command = { actor: callerOf(c).actor };
      return c.json(await steerLease(deps, id, messages.resume, command, c.get('idempotencyKey')), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/promise',
      summary: 'Promise to pay on a day: nothing is prompted before it',
      roles: everybody,
      body: z.strictObject({ on: z.iso.date(), amount: money }),
    }),
    async (c) => {
      const caller = callerOf(c);
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const { on, amount } = c.req.valid('json');
      const promise = { actor: caller.actor, on, amount: inLeaseCurrency(lease, amount) };
      return c.json(await steerLease(deps, lease.id, messages.promise, promise, c.get('idempotencyKey')), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/restructure',
      summary: 'Spread what is owed over another number of instalments; the total price stays',
      roles: staff,
      body: z.strictObject({ instalments: z.int().min(1).max(1_500), reason: text() }),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const plan = { actor: callerOf(c).actor, ...c.req.valid('json') };
      return c.json(await steerLease(deps, id, messages.restructure, plan, c.get('idempotencyKey')), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/waive-fees',
      summary: 'Forgive late fees that are not paid',
      roles: staff,
      body: z.strictObject({ amount: money, reason: text() }),
    }),
    async (c) => {
      const caller = callerOf(c);
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const { amount, reason } = c.req.valid('json');
      const waiver = { actor: caller.actor, amount: inLeaseCurrency(lease, amount), reason };
      return c.json(await steerLease(deps, lease.id, messages.waiveFees, waiver, c.get('idempotencyKey')), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/write-off',
      summary: 'Give up what is owed; later payments are recovery',
      roles: adminOnly,
      body: z.strictObject({ reason: text().optional() }),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { reason = 'uncollectable' } = c.req.valid('json');
      const command = { actor: callerOf(c).actor, reason };
      return c.json(await steerLease(deps, id, messages.writeOff, command, c.get('idempotencyKey')), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/collection',
      summary: 'Payment methods in the order in which they are charged, and hours without prompts',
      roles: everybody,
      body: z.strictObject({
        paymentMethodIds: z.array(uuid).min(1).max(5),
        quietHours: z.strictObject({ from: hour, until: hour }).nullable(),
      }),
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const wish = { actor: callerOf(c).actor, ...c.req.valid('json') };
      return c.json(await steerLease(deps, id, messages.changeCollection, wish, c.get('idempotencyKey')), 200);
    },
  );
  settlement(deps, app);
  return app;
}

function settlement(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const common = {
    method: 'post',
    tag,
    params: idParam,
    guard: ownLease(deps),
    roles: everybody,
    goesOn: true,
  } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/settlement-quote',
      summary: 'What owning the vehicle costs today; good for a day',
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 200,
      answer: shapes.settlementQuote,
    }),
    async (c) => {
      const caller = callerOf(c);
      const { id, currency } = await leaseOf(deps, c.req.valid('param').id);
      const command = { actor: caller.actor };
      const quote = await commandLease(deps, id, messages.quoteSettlement, command, c.get('idempotencyKey'));
      const sum = (amount: number) => ({ amount, currency });
      return c.json({ ...quote, leaseId: id, amount: sum(quote.amount), saved: sum(quote.saved) }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/settle',
      summary: 'Pay a settlement quote: the vehicle is the customer’s when it is paid',
      idempotency: 'required',
      body: z.strictObject({ quoteId: uuid, paymentMethodId: uuid.optional() }),
      status: 202,
      answer: shapes.payment,
    }),
    async (c) => {
      const caller = callerOf(c);
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const key = requiredKey(c);
      return c.json(presentPayment(await payQuote(deps, lease, caller.actor, c.req.valid('json'), key)), 202);
    },
  );
}
