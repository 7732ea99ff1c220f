import { z } from '@hono/zod-openapi';
import { findPlan, findVehicle, hasLeaseOf } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { financedOn, priceOnPlan } from '#domain/vehicles/price-on-plan';
import { localDateAt } from '#domain/calendar';
import { schedule } from '#domain/leases/position';
import { money } from '#domain/money';
import { frequencies, lineParts } from '#domain/vehicles/plan';
import { leftFleet } from '#domain/vehicles/vehicle';
import { legalTerms } from '#use-cases/immobilisation/legal-terms';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { defineRoute, router } from '../route.ts';
import { balance, idParam, uuid } from '../schemas.ts';
import { keyFacts, shownKeyFacts } from './key-facts.ts';
import { shownVehicle, vehicle, viewerOf } from './vehicles.ts';

const quote = z
  .object({
    deposit: balance,
    instalment: balance,
    instalments: z.int(),
    frequency: z.enum(frequencies),
    total: balance.openapi({ description: 'The deposit and all instalments' }),
    components: z.partialRecord(z.enum(lineParts), balance).openapi({ description: 'What one instalment is made of' }),
    keyFacts: keyFacts.openapi({ description: 'To know before signing, were it handed over today' }),
  })
  .openapi('Quote');

const tag = 'vehicles';

/** A vehicle for everybody, and what it costs on a plan. What has left the fleet is for staff and whose lease is of it. */
export function catalogueRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const guard = existing(async (id, c) => {
    const row = await findVehicle(db, id);
    if (row === undefined || !leftFleet.includes(row.status)) return row !== undefined;
    const viewer = viewerOf(c);
    return viewer !== null && (viewer.staff || hasLeaseOf(db, viewer.userId, id));
  });

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}',
      summary: 'One vehicle',
      tag,
      roles: 'public',
      guard,
      params: idParam,
      status: 200,
      answer: vehicle,
    }),
    async (c) => {
      const row = found(await findVehicle(db, c.req.valid('param').id));
      return c.json(await shownVehicle(deps, c, row), 200, tagged(row));
    },
  );

  const query = z.object({ planId: uuid });
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/vehicles/{id}/quote',
      summary: 'What it costs on a plan',
      tag,
      roles: 'public',
      guard,
      params: idParam,
      query,
      status: 200,
      answer: quote,
    }),
    async (c) => {
      const row = found(await findVehicle(db, c.req.valid('param').id));
      const terms = await findPlan(db, c.req.valid('query').planId);
      const refuse = (message: string) =>
        new Problem('unprocessable', `There is no quote: ${message}`, [{ path: 'planId', message }]);
      if (terms === undefined || !terms.active) throw refuse('there is no such plan');
      if (terms.market !== row.market) throw refuse('the plan is for another market');
      if (!terms.vehicleTypes.includes(row.type)) throw refuse(`the plan is not for a ${row.type}`);
      const { market, price } = row;
      const cash = money(price, row.currency);
      const offer = priceOnPlan(terms, market, cash);
      const deposit = offer.deposit.amount;
      const handedOverOn = localDateAt(Date.now(), market);
      const sums = { total: offer.total.amount - deposit, financed: financedOn(terms, market, cash, deposit) };
      const lines = schedule(terms, market, handedOverOn, offer.instalment.amount, sums);
      const { stop, repossession } = await legalTerms(db, terms);
      const agreed = { market, plan: terms, price, deposit, handedOverOn, lines, stop, repossession };
      return c.json({ ...offer, keyFacts: shownKeyFacts(agreed) }, 200);
    },
  );
  return app;
}
