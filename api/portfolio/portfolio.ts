import { z } from '@hono/zod-openapi';
import { portfolioAtRisk, portfolioGroups, riskDays } from '#db/queries/portfolio';
import { currencies } from '#domain/money';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, router, staff } from '../route.ts';
import { balance, instant, market } from '../schemas.ts';

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

/** How much of what is owed is late, for staff. */
export function portfolioRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/portfolio/at-risk',
      summary: 'Portfolio at risk (PAR 1, 7, 30, 90) by market, product or month of handover',
      tag: 'portfolio',
      roles: staff,
      query: z.object({ by: z.enum(portfolioGroups).default('market'), market: market.optional() }),
      status: 200,
      answer: portfolioReport,
    }),
    async (c) => {
      const filter = c.req.valid('query');
      return c.json({ asOf: new Date(), by: filter.by, ...(await portfolioAtRisk(deps.db, filter)) }, 200);
    },
  );
  return app;
}
