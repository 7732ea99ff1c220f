import { leaseClock, scheduleOf, type LeaseRow } from '#db/queries/leases';
import { localDateAt } from '#domain/calendar';
import { legalTerms } from '#use-cases/immobilisation/legal-terms';
import { scheduleOn } from '#use-cases/leases/terms';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease } from '../guards.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam } from '../schemas.ts';
import { keyFacts, shownKeyFacts } from '../vehicles/key-facts.ts';

/** What the customer agreed to, or is about to. */
export function leaseKeyFactsRoutes(deps: ApiDependencies) {
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/leases/{id}/key-facts',
      summary: 'The key facts as they were agreed on, whatever changed since; before that of what is offered',
      tag: 'leases',
      roles: everybody,
      guard: ownLease(deps),
      params: idParam,
      status: 200,
      answer: keyFacts,
    }),
    async (c) => {
      const row = await leaseOf(deps, c.req.valid('param').id);
      const { plan, market, price, deposit } = row;
      const { stop, repossession } = await legalTerms(deps.db, plan);
      const agreed = { market, plan, price, deposit, stop, repossession };
      return c.json(shownKeyFacts({ ...agreed, ...(await linesAgreedOn(deps, row)) }), 200);
    },
  );
  return app;
}

/** The first version of the schedule; before the handover the one that it would have, were it today. */
async function linesAgreedOn({ db }: Pick<ApiDependencies, 'db'>, row: LeaseRow) {
  const begins = row.handedOverAt ?? leaseClock(row, Date.now());
  const handedOverOn = localDateAt(begins.getTime(), row.market);
  const lines =
    row.scheduleVersion === 0
      ? scheduleOn(row, handedOverOn)
      : (await scheduleOf(db, row.id, 1)).map((line) => ({ ...line, paid: 0, waived: 0, filled: {}, matured: 0 }));
  return { handedOverOn, lines };
}
