import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { repossessionSteps } from '#domain/leases/demand';
import { inLeaseCurrency } from '#domain/payable';
import { uuidFor } from '#steering/uuid-for';
import { transact, type Context } from '#use-cases/context';
import { correctBooks } from '#use-cases/leases/correct-books';
import { chargeCosts } from '#use-cases/leases/repossession/charge-costs';
import { takeCostsBack } from '#use-cases/leases/repossession/take-costs-back';
import { redeemVehicle } from '#use-cases/leases/repossession/redeem-vehicle';
import { confirmSale } from '#use-cases/payments/sale/confirm-sale';
import { sellVehicle } from '#use-cases/payments/sale/sell-vehicle';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease, requiredKey } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, router } from '../route.ts';
import { idParam, money, moneyOrNothing, text } from '../schemas.ts';
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
      path: '/leases/{id}/keeping-costs-correction',
      summary: 'Costs that were charged by a slip are owed no more, by the word of somebody else than who charged them',
      roles: repossessionSteps.takeCostsBack.by,
      body: z.strictObject({ amount: money, reason: text() }),
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      const { reason, ...sums } = c.req.valid('json');
      const amount = inLeaseCurrency(await leaseOf(deps, leaseId), sums.amount);
      const correctionId = uuidFor('keeping-costs-correction', leaseId, requiredKey(c));
      const back = { leaseId, correctionId, amount, reason };
      await correctBooks(deps, callerOf(c).actor, leaseId, (context) => takeCostsBack(context, back));
      return c.json(await viewLease(deps.db, leaseId, callerOf(c)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/sell-vehicle',
      summary: 'The vehicle that was taken back is sold: what it brings pays what is owed, the rest is the customer’s',
      roles: repossessionSteps.sellVehicle.by,
      body: z.strictObject({
        proceeds: moneyOrNothing,
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
      const sale = { leaseId, saleId: uuidFor('sale', leaseId, requiredKey(c)), proceeds, costs, buyer, reference };
      return c.json(await done(deps, callerOf(c), leaseId, (context) => sellVehicle(context, sale)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/leases/{id}/confirm-sale',
      summary:
        'Another admin than the one who has said it says what the sale brought; the books follow where it is another sum',
      roles: repossessionSteps.confirmSale.by,
      body: z.strictObject({ proceeds: moneyOrNothing, reason: text() }),
    }),
    async (c) => {
      const { id: leaseId } = c.req.valid('param');
      const { reason, ...sums } = c.req.valid('json');
      const proceeds = inLeaseCurrency(await leaseOf(deps, leaseId), sums.proceeds, 'proceeds');
      const confirmationId = uuidFor('confirm-sale', leaseId, requiredKey(c));
      const said = { leaseId, confirmationId, proceeds, reason };
      await correctBooks(deps, callerOf(c).actor, leaseId, (context) => confirmSale(context, said));
      return c.json(await viewLease(deps.db, leaseId, callerOf(c)), 200);
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
async function done(deps: ApiDependencies, caller: Caller, leaseId: string, work: (context: Context) => Promise<void>) {
  const row = await leaseOf(deps, leaseId);
  await transact(deps.db, caller.actor, leaseClock(row), work);
  return viewLease(deps.db, leaseId, caller);
}
