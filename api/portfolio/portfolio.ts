import { z } from '@hono/zod-openapi';
import { leasesByStage, portfolioNow, portfolioOf } from '#db/queries/portfolio';
import { localDate, localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { leaseStatuses } from '#domain/leases/status';
import { markets, type Market } from '#domain/markets';
import { currencies } from '#domain/money';
import { atRisk, portfolioGroups } from '#domain/portfolio/at-risk';
import { riskDays } from '#domain/portfolio/late';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, router, staff } from '../route.ts';
import { balance, instant, localDay, market } from '../schemas.ts';
import { callRoutes } from './calls.ts';
import { collectionRoutes } from './collections.ts';
import { utilisationRoutes } from './utilisation.ts';

const figures = {
  currency: z.enum(currencies),
  leases: z.int().openapi({ description: 'That run' }),
  outstanding: balance,
  atRisk: z.array(
    z.object({
      days: z.literal([...riskDays]).openapi({ enum: [...riskDays], description: 'At least so many days past due' }),
      leases: z.int(),
      amount: balance.openapi({ description: 'The whole outstanding of these leases' }),
      basisPoints: z.int().openapi({ description: 'Of the outstanding of all, in hundredths of a percent' }),
    }),
  ),
  restructured: z.object({ leases: z.int(), amount: balance, basisPoints: z.int() }).openapi({
    description: 'Outstanding of leases that run and were restructured, late or not: their days past due began anew',
  }),
  writtenOff: z.object({ leases: z.int(), amount: balance, recovered: balance }),
};
export const portfolioReport = z
  .object({
    asOf: instant,
    by: z.enum(portfolioGroups),
    groups: z.array(z.object({ group: z.object({ key: z.string(), name: z.string() }), ...figures })),
    totals: z.array(z.object(figures)).openapi({ description: 'One for each currency' }),
  })
  .openapi('PortfolioAtRisk');

export const stages = z
  .object({
    asOf: instant,
    stages: z.array(
      z.object({ market, status: z.enum(leaseStatuses), leases: z.int(), outstanding: balance, overdue: balance }),
    ),
  })
  .openapi('LeasesByStage');

const isToday = (day: string, of: Market | undefined) =>
  (of === undefined ? markets : [of]).some((market) => localDateAt(Date.now(), market) === day);

/** How a portfolio stands, for staff: what is late, what came in, whom to ring. */
export function portfolioRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const common = { method: 'get', tag: 'portfolio', roles: staff, status: 200 } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/portfolio/at-risk',
      summary:
        'Portfolio at risk (PAR 1, 7, 30, 90) by market, product or month of handover; of now, or as kept of a day',
      query: z.object({
        by: z.enum(portfolioGroups).default('market'),
        market: market.optional(),
        asOf: localDay
          .optional()
          .openapi({ description: 'The end of this local day; without it, and of a day that is not over: now' }),
      }),
      answer: portfolioReport,
    }),
    async (c) => {
      const { by, asOf, ...of } = c.req.valid('query');
      const kept = asOf === undefined ? null : await portfolioOf(db, { day: localDate(asOf), ...of });
      const isOver = asOf !== undefined && !isToday(asOf, of.market);
      if (kept === null && !isOver)
        return c.json({ asOf: new Date(), by, ...atRisk(await portfolioNow(db, of), by) }, 200);
      if (kept === null) throw new Problem('not_found', 'The portfolio of this day was not kept');
      return c.json({ asOf: kept.takenAt, by, ...atRisk(kept.parts, by) }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/portfolio/stages',
      summary: 'How many leases stand in which status, and what those that run owe',
      query: z.object({ market: market.optional() }),
      answer: stages,
    }),
    async (c) => c.json({ asOf: new Date(), stages: await leasesByStage(db, c.req.valid('query').market) }, 200),
  );
  collectionRoutes(deps, app);
  utilisationRoutes(deps, app);
  callRoutes(deps, app);
  return app;
}
