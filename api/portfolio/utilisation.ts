import { z } from '@hono/zod-openapi';
import { utilisation, type Utilisation } from '#db/queries/utilisation';
import { localDate } from '#domain/calendar';
import { basisPoints } from '#domain/portfolio/late';
import { vehicleTypes } from '#domain/vehicles/vehicle';
import type { ApiDependencies } from '../dependencies.ts';
import { defineRoute, staff, type router } from '../route.ts';
import { market, uuid } from '../schemas.ts';
import { days, format, orCsv, tooLong, within } from './collections.ts';
import { answerCsv } from './csv.ts';

const spent = z.number().openapi({ description: 'Days of 24 hours of all of them together' });
export const utilisationReport = z
  .object({
    months: z.array(
      z.object({
        month: z.string().openapi({ example: '2026-11' }),
        market,
        branchId: uuid.nullable().openapi({ description: 'The branch that they belong to now' }),
        branch: z.string().nullable(),
        type: z.enum(vehicleTypes),
        vehicles: z.int().openapi({ description: 'That were in the fleet for any time of it' }),
        leased: spent,
        reserved: spent,
        available: spent,
        maintenance: spent,
        leasedBasisPoints: z.int().openapi({ description: 'Of all these days, in hundredths of a percent' }),
      }),
    ),
  })
  .openapi('Utilisation');

/** Of whole hundredths of a day. */
const withShare = (row: Utilisation) => ({
  ...row,
  leasedBasisPoints: basisPoints(
    Math.round(row.leased * 100),
    Math.round((row.leased + row.reserved + row.available + row.maintenance) * 100),
  ),
});

/** What the fleet did, for staff. */
export function utilisationRoutes(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const report = defineRoute(deps, {
    method: 'get',
    tag: 'portfolio',
    roles: staff,
    status: 200,
    path: '/portfolio/utilisation',
    summary: 'How long vehicles were leased, available and in maintenance, by month, market, branch and type',
    query: z.object({ ...days, format }).refine(within, tooLong),
    answer: utilisationReport,
  });
  app.openapi({ ...report, responses: { ...report.responses, 200: orCsv(report.responses[200]) } }, async (c) => {
    const { format: as, from, to, market: of } = c.req.valid('query');
    const asked = { from: localDate(from), to: localDate(to), market: of };
    const months = (await utilisation(deps.db, asked, new Date())).map(withShare);
    return as === 'csv' ? answerCsv(c, 'utilisation', months) : c.json({ months }, 200);
  });
}
