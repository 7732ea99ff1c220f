import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { repossessionSteps } from '#domain/leases/demand';
import { inLeaseCurrency } from '#domain/payable';
import { uuidFor } from '#steering/uuid-for';
import { transact, type Context } from '#use-cases/context';
import { chargeCosts } from '#use-cases/leases/repossession/charge-costs';
import { redeemVehicle } from '#use-cases/leases/repossession/redeem-vehicle';
import { sellVehicle } from '#use-cases/payments/sell-vehicle';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease, requiredKey } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router } from '../route.ts';
import { idParam, money, text } from '../schemas.ts';
import { lease, viewLease } from './view.ts';

/** What is done with a vehicle that was taken back, until it is redeemed or sold. */
export function repossessionRoutes(deps: ApiDependencies) {
  const app = router();
  const common = {
    method: 'post',
    tag: 'leases',
    guard: ownLease(deps),
    params: idParam,
    idempotency: 'required',
    status: 200,
    answer: lease,
  } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/keeping-costs',
      summary: 'What it has cost to take the vehicle back and to keep it: the customer owes it too',
      roles: repossessionSteps.chargeCosts.by,
      body: z.strictObject({ amount: money, reason: text() }),
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      const { reason, ...sums } = c.req.valid('json');
      const amount = inLeaseCurrency(await leaseOf(deps, leaseId), sums.amount);
      const costsId = uuidFor('keeping-costs', leaseId, requiredKey(c));
      return c.json(
        await done(deps, callerOf(c), leaseId, (context) => chargeCosts(context, { leaseId, costsId, amount, reason })),
        200,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/sell-vehicle',
      summary: 'The vehicle that was taken back is sold: what it brings pays what is owed, the rest is the customer’s',
      roles: repossessionSteps.sellVehicle.by,
      body: z.strictObject({
        proceeds: money,
        costs: money.optional().openapi({ description: 'Of the sale itself' }),
        buyer: z.enum(['buyer', 'house']).default('buyer').openapi({
          description: '`house`: it is taken into stock for what it is worth, and may be leased again',
        }),
        reference: text(80).openapi({ description: 'Of the sale: the auction, the buyer’s receipt' }),
      }),
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      const { buyer, reference, ...sums } = c.req.valid('json');
      const row = await leaseOf(deps, leaseId);
      const proceeds = inLeaseCurrency(row, sums.proceeds, 'proceeds');
      const costs = sums.costs === undefined ? 0 : inLeaseCurrency(row, sums.costs, 'costs');
      const sale = { leaseId, saleId: uuidFor('sale', leaseId), proceeds, costs, buyer, reference };
      return c.json(await done(deps, callerOf(c), leaseId, (context) => sellVehicle(context, sale)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/redeem',
      summary: 'All that is owed of a vehicle that was taken back is paid: the customer has it back, and it is his',
      roles: repossessionSteps.redeemVehicle.by,
      body: z.strictObject({}),
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      return c.json(await done(deps, callerOf(c), leaseId, (context) => redeemVehicle(context, { leaseId })), 200);
    },
  );
  return app;
}

/** Does it on the clock of the lease; its workflow hears of what it has to by the event. */
async function done(
  deps: ApiDependencies,
  { actor }: Caller,
  leaseId: string,
  work: (context: Context) => Promise<void>,
) {
  const row = await leaseOf(deps, leaseId);
  await transact(deps.db, actor, leaseClock(row), work);
  return viewLease(deps.db, leaseId);
}
