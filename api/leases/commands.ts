import { z } from '@hono/zod-openapi';
import { payment, presentPayment } from '../payments/view.ts';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import {
  commands,
  isAskedFor,
  isPreviewed,
  leaseCommands,
  type AskedCommand,
  type LeaseCommand,
  type Order,
  type Ordered,
  type PreviewedCommand,
} from '#domain/leases/commands';
import { levelled, unpaid, type ScheduleLine } from '#domain/leases/position';
import type { Standing } from '#domain/leases/standing';
import { hasEnded } from '#domain/leases/status';
import { money as moneyOf } from '#domain/money';
import { frequencies } from '#domain/vehicles/plan';
import { commandLease } from '#steering/command-lease';
import { transact, type Context } from '#use-cases/context';
import { previewCommand } from '#use-cases/leases/preview-command';
import { confirmDeath, refuteDeath } from '#use-cases/leases/report-death';
import { ownPaymentMethod } from '#use-cases/payments/methods/own-payment-method';
import { payLease } from '#use-cases/payments/charging/pay-lease';
import { payQuote } from '#use-cases/payments/charging/pay-quote';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease, requiredKey } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router } from '../route.ts';
import { idParam, money, uuid, balance, instant, localDay } from '../schemas.ts';
import { bodyOf, orderOf } from './asks.ts';
import { reportRoutes } from './theft.ts';
import { presentLine, scheduleLine } from './schedule.ts';
import { lease, viewLease } from './view.ts';

const schedulePreview = z
  .object({
    frequency: z.enum(frequencies),
    instalment: balance,
    totalPrice: balance,
    outstanding: balance,
    lastDueOn: localDay.nullable(),
    lines: z.array(scheduleLine),
  })
  .openapi('SchedulePreview');

/** A schedule that a lease would have. */
function presentPreview(row: LeaseRow, lines: readonly ScheduleLine[]): z.infer<typeof schedulePreview> {
  const sum = (amount: number) => moneyOf(amount, row.currency);
  const open = lines.reduce((all, line) => all + unpaid(line), 0);
  return {
    frequency: row.frequency,
    instalment: sum(row.instalment),
    totalPrice: sum(row.totalPrice),
    outstanding: sum(open + row.deposit - row.depositPaid),
    lastDueOn: lines.at(-1)?.dueOn ?? null,
    lines: levelled(lines).map((line) => presentLine(row, line)),
  };
}

const settlementQuote = z
  .object({
    id: z.uuid(),
    leaseId: z.uuid(),
    amount: balance,
    saved: balance.openapi({ description: 'What paying to the end would cost more' }),
    validUntil: instant.openapi({ description: "On the lease's own clock" }),
  })
  .openapi('SettlementQuote');

type Router = ReturnType<typeof router>;

const commonOf = (deps: ApiDependencies) =>
  ({ method: 'post', tag: 'leases', params: idParam, guard: ownLease(deps), goesOn: true }) as const;

/** What people tell a lease to do: by the table of commands, and those of which more is asked than it says. */
export function leaseCommandRoutes(deps: ApiDependencies) {
  const app = router();
  for (const name of leaseCommands) {
    if (!isAskedFor(name)) continue;
    // What is found out about a death is said of the customer, by any lease of his.
    if (name === 'confirmDeath') asked(deps, app, name, confirmDeath);
    else if (name === 'refuteDeath') asked(deps, app, name, refuteDeath);
    else asked(deps, app, name);
    if (isPreviewed(name)) previewed(deps, app, name);
  }
  takes(deps, app, 'changePaymentMethod', {
    path: 'payment-method',
    says: 'Collect by another payment method',
    body: z.strictObject({ paymentMethodId: uuid }),
    async order(wish, lease) {
      await ownPaymentMethod(deps.db, lease, wish.paymentMethodId);
      return wish;
    },
  });
  reportRoutes(deps, app);
  paying(deps, app);
  settling(deps, app);
  return app;
}

/** The route of a command that the table says all of. */
function asked<Name extends AskedCommand>(
  deps: ApiDependencies,
  app: Router,
  name: Name,
  afterTheEnd?: AfterTheEnd<Name>,
): void {
  const { path, says, asks } = commands[name];
  takes(deps, app, name, {
    path,
    says,
    body: bodyOf(asks),
    order: (said, lease) => orderOf(name, said, lease),
    afterTheEnd,
  });
}

/** What a command would do, of which nothing is done. */
function previewed(deps: ApiDependencies, app: Router, name: PreviewedCommand): void {
  const { path, says, asks, by: roles } = commands[name];
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      tag: 'leases',
      params: idParam,
      guard: ownLease(deps),
      path: `/leases/{id}/${path}-preview`,
      summary: `What this would do: ${says}`,
      roles,
      body: bodyOf(asks),
      status: 200,
      answer: schedulePreview,
    }),
    async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const order = orderOf(name, c.req.valid('json'), lease);
      const { row, lines } = await previewCommand(deps, callerOf(c).actor, lease, name, order);
      return c.json(presentPreview(row, lines), 200);
    },
  );
}

/** Carries a command out where the lease is over, and has no workflow any more. */
type AfterTheEnd<Name extends LeaseCommand> = (context: Context, order: Ordered<Name>) => Promise<Standing>;

interface Taking<Name extends LeaseCommand, Said> {
  readonly path: string;
  readonly says: string;
  readonly body: z.ZodType<Said>;
  /** What the lease is told of what the body says. */
  readonly order: (said: Said, lease: LeaseRow) => Order<Name> | Promise<Order<Name>>;
  readonly afterTheEnd?: AfterTheEnd<Name> | undefined;
}

/** A command after which people look at the lease. */
function takes<Name extends LeaseCommand, Said>(
  deps: ApiDependencies,
  app: Router,
  name: Name,
  { path, says: summary, body, order, afterTheEnd }: Taking<Name, Said>,
): void {
  const { by: roles } = commands[name];
  // Without what only the compiler knows of it: the route's own types cannot follow a type parameter.
  const schema: z.ZodType = body;
  const of = { ...commonOf(deps), roles, idempotency: 'optional', status: 200, answer: lease } as const;
  app.openapi(defineRoute(deps, { ...of, path: `/leases/{id}/${path}`, summary, body: schema }), async (c) => {
    const lease = await leaseOf(deps, c.req.valid('param').id);
    const { actor } = callerOf(c);
    const told = await order(body.parse(c.req.valid('json')), lease);
    if (afterTheEnd !== undefined && hasEnded(lease.status))
      await transact(deps.db, actor, leaseClock(lease), (context) =>
        afterTheEnd(context, { ...told, leaseId: lease.id }),
      );
    else await commandLease(deps, lease.id, name, { ...told, actor }, c.get('idempotencyKey'));
    return c.json(await viewLease(deps.db, lease.id, callerOf(c)), 200);
  });
}

function paying(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      ...commonOf(deps),
      path: '/leases/{id}/pay',
      summary: 'Pay any amount now',
      roles: commands.pay.by,
      idempotency: 'required',
      body: z.strictObject({ amount: money, paymentMethodId: uuid.optional() }),
      status: 202,
      answer: payment,
    }),
    async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const payment = await payLease(deps, lease, callerOf(c).actor, c.req.valid('json'), requiredKey(c));
      return c.json(presentPayment(payment), 202);
    },
  );
}

function settling(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      ...commonOf(deps),
      path: '/leases/{id}/settlement-quote',
      summary: 'What owning the vehicle costs today; good for a day',
      roles: commands.quoteSettlement.by,
      idempotency: 'optional',
      body: z.strictObject({}),
      status: 200,
      answer: settlementQuote,
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
      answer: payment,
    }),
    async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const payment = await payQuote(deps, lease, callerOf(c).actor, c.req.valid('json'), requiredKey(c));
      return c.json(presentPayment(payment), 202);
    },
  );
}
