import { z } from '@hono/zod-openapi';
import { presentPayment } from '../payments/view.ts';
import type { LeaseRow } from '#db/queries/leases';
import { commands, type LeaseCommand, type Order } from '#domain/leases/commands';
import { pauseKinds } from '#domain/leases/pause';
import { inLeaseCurrency } from '#domain/payments/payable';
import { commandLease } from '#steering/command-lease';
import { ownPaymentMethod } from '#use-cases/payments/own-payment-method';
import { payLease } from '#use-cases/payments/pay-lease';
import { payQuote } from '#use-cases/payments/pay-quote';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease, requiredKey } from '../guards.ts';
import type { Caller } from '../context.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router } from '../route.ts';
import { idParam, money, text, uuid } from '../schemas.ts';
import * as shapes from './schemas.ts';
import { theftReport, theftReported } from './theft.ts';
import { viewLease } from './view.ts';

const hour = z.int().min(0).max(23);
const nothing = z.strictObject({});

/** What the lease is asked is what the body says. */
const asSaid = <Given>(given: Given) => given;

const commonOf = (deps: ApiDependencies) =>
  ({ method: 'post', tag: 'leases', params: idParam, guard: ownLease(deps), goesOn: true }) as const;

/** What people tell a lease to do. Who may, and when, is in the table of commands. */
export function leaseCommandRoutes(deps: ApiDependencies) {
  const app = router();
  const takes = takerOf(deps, app);

  takes('acceptOffer', 'accept-offer', 'Accept the offer: the vehicle is held', nothing, asSaid);
  takes('sign', 'sign', 'Sign the agreement: the deposit is then collected', z.strictObject({ name: text() }), asSaid);
  takes(
    'handOver',
    'handover',
    'Hand the vehicle over: the schedule begins',
    z.strictObject({ odometerKm: z.int().min(0).max(5_000_000) }),
    asSaid,
  );
  takes(
    'withdraw',
    'withdraw',
    'Withdraw before handover; what was paid is refunded',
    z.strictObject({ reason: text().optional() }),
    ({ reason = 'withdrawn' }) => ({ reason }),
  );
  takes(
    'changePaymentMethod',
    'payment-method',
    'Collect by another payment method',
    z.strictObject({ paymentMethodId: uuid }),
    async (wish, lease) => {
      await ownPaymentMethod(deps.db, lease, wish.paymentMethodId);
      return wish;
    },
  );
  payment(deps, app);
  takes(
    'pause',
    'pause',
    'Pause collections: every unpaid instalment moves by as many days',
    z.strictObject({ kind: z.enum(pauseKinds), days: z.int().min(1).max(60) }),
    asSaid,
  );
  takes('resume', 'resume', 'End a pause before its time', nothing, asSaid);
  takes(
    'promise',
    'promise',
    'Promise to pay on a day: nothing is prompted before it',
    z.strictObject({ on: z.iso.date(), amount: money }),
    ({ on, amount }, lease) => ({ on, amount: inLeaseCurrency(lease, amount) }),
  );
  takes(
    'restructure',
    'restructure',
    'Spread what is owed over another number of instalments; the total price stays',
    z.strictObject({ instalments: z.int().min(1).max(1_500), reason: text() }),
    asSaid,
  );
  takes(
    'waiveFees',
    'waive-fees',
    'Forgive late fees that are not paid',
    z.strictObject({ amount: money, reason: text() }),
    ({ amount, reason }, lease) => ({ amount: inLeaseCurrency(lease, amount), reason }),
  );
  takes(
    'writeOff',
    'write-off',
    'Give up what is owed; later payments are recovery',
    z.strictObject({
      reason: text().optional(),
      insurance: z.strictObject({ amount: money, reference: text(80) }).optional(),
    }),
    ({ reason = 'uncollectable', insurance }, lease) => ({
      reason,
      insurance: insurance && { ...insurance, amount: inLeaseCurrency(lease, insurance.amount) },
    }),
  );
  takes(
    'returnVehicle',
    'return',
    'Give the vehicle back and leave: nothing is owed but what is overdue',
    z.strictObject({ reason: text().optional() }),
    ({ reason = 'the customer leaves' }) => ({ reason }),
  );
  takes(
    'repossess',
    'repossess',
    'Take the vehicle back from a customer in arrears; after two thirds are paid by a court’s order',
    z.strictObject({ reason: text(), noticeOn: z.iso.date().optional(), courtOrder: text(80).optional() }),
    asSaid,
  );
  takes('reportTheft', 'report-theft', 'Report that the vehicle was stolen', theftReport, (said, _lease, caller) =>
    theftReported(deps, caller, said),
  );
  takes(
    'recoverTheft',
    'recover-theft',
    'The stolen vehicle was found: the lease goes on',
    z.strictObject({ note: text().optional() }),
    asSaid,
  );
  takes(
    'changeCollection',
    'collection',
    'Payment methods in the order in which they are charged, and hours without prompts',
    z.strictObject({
      paymentMethodIds: z.array(uuid).min(1).max(5),
      quietHours: z.strictObject({ from: hour, until: hour }).nullable(),
    }),
    asSaid,
  );
  settlement(deps, app);
  return app;
}

function takerOf(deps: ApiDependencies, app: ReturnType<typeof router>) {
  /**
   * A command after which people look at the lease.
   *
   * @param order makes what the lease is asked of what the body says
   */
  return function takes<Name extends LeaseCommand, Given>(
    name: Name,
    path: string,
    summary: string,
    body: z.ZodType<Given>,
    order: (given: Given, lease: LeaseRow, caller: Caller) => Order<Name> | Promise<Order<Name>>,
  ): void {
    const { by: roles } = commands[name];
    // Without what only the compiler knows of it: the route's own types cannot follow a type parameter.
    const schema: z.ZodType = body;
    const of = { ...commonOf(deps), roles, idempotency: 'optional', status: 200, answer: shapes.lease } as const;
    app.openapi(defineRoute(deps, { ...of, path: `/leases/{id}/${path}`, summary, body: schema }), async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const caller = callerOf(c);
      const asked = { ...(await order(body.parse(c.req.valid('json')), lease, caller)), actor: caller.actor };
      await commandLease(deps, lease.id, name, asked, c.get('idempotencyKey'));
      return c.json(await viewLease(deps.db, lease.id), 200);
    });
  };
}

function payment(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  app.openapi(
    defineRoute(deps, {
      ...commonOf(deps),
      path: '/leases/{id}/pay',
      summary: 'Pay any amount now',
      roles: commands.pay.by,
      idempotency: 'required',
      body: z.strictObject({ amount: money, paymentMethodId: uuid.optional() }),
      status: 202,
      answer: shapes.payment,
    }),
    async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const payment = await payLease(deps, lease, callerOf(c).actor, c.req.valid('json'), requiredKey(c));
      return c.json(presentPayment(payment), 202);
    },
  );
}

function settlement(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  app.openapi(
    defineRoute(deps, {
      ...commonOf(deps),
      path: '/leases/{id}/settlement-quote',
      summary: 'What owning the vehicle costs today; good for a day',
      roles: commands.quoteSettlement.by,
      idempotency: 'optional',
      body: nothing,
      status: 200,
      answer: shapes.settlementQuote,
    }),
    async (c) => {
      const { actor } = callerOf(c);
      const { id, currency } = await leaseOf(deps, c.req.valid('param').id);
      const quote = await commandLease(deps, id, 'quoteSettlement', { actor }, c.get('idempotencyKey'));
      const sum = (amount: number) => ({ amount, currency });
      return c.json({ ...quote, leaseId: id, amount: sum(quote.amount), saved: sum(quote.saved) }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...commonOf(deps),
      path: '/leases/{id}/settle',
      summary: 'Pay a settlement quote: the vehicle is the customer’s when it is paid',
      roles: commands.settle.by,
      idempotency: 'required',
      body: z.strictObject({ quoteId: uuid, paymentMethodId: uuid.optional() }),
      status: 202,
      answer: shapes.payment,
    }),
    async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const payment = await payQuote(deps, lease, callerOf(c).actor, c.req.valid('json'), requiredKey(c));
      return c.json(presentPayment(payment), 202);
    },
  );
}
