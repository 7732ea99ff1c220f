import { z } from '@hono/zod-openapi';
import { enterHoliday, withdrawHoliday } from '#use-cases/calendars/enter-holiday';
import { transact } from '#use-cases/context';
import { findHoliday, listHolidays, type EnteredHoliday } from '#db/queries/calendars';
import { localDate } from '#domain/calendar';
import { holidaysOf } from '#domain/holidays';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, nothing, router, staff } from '../route.ts';
import { pageOfAll } from '../cursor.ts';
import { idParam, listOf, localDay, market, text, uuid, wholeNumber, wholeQuery } from '../schemas.ts';

const tag = 'calendars';
const holiday = z
  .object({
    id: uuid.nullable().openapi({ description: 'Of one that was entered; null where the law has it' }),
    market,
    date: localDay,
    name: z.string(),
    source: z.string().openapi({ description: 'The law, or `entered`' }),
  })
  .openapi('Holiday');
const present = ({ id, market: where, date, name }: EnteredHoliday) => ({
  id,
  market: where,
  date,
  name,
  source: 'entered',
});

/** Public holidays: those of the laws, and those that governments announce and operators enter. */
export function holidayRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/holidays',
      summary: 'The public holidays of a market and a year, in order',
      tag,
      roles: staff,
      query: z.object({ ...wholeQuery, market, year: wholeNumber(2018, 2100) }),
      status: 200,
      answer: listOf(holiday),
    }),
    async (c) => {
      const { market: where, year, ...asked } = c.req.valid('query');
      const ofTheLaw = holidaysOf(where, year).map((one) => ({ id: null, market: where, ...one }));
      const [from, to] = [localDate(`${year}-01-01`), localDate(`${year}-12-31`)];
      const entered = (await listHolidays(db, { market: where, from, to })).map(present);
      const data = [...ofTheLaw, ...entered].sort((a, b) => a.date.localeCompare(b.date));
      return c.json(pageOfAll(data, asked, `holidays ${where} ${year}`), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/holidays',
      summary: 'Enter a public holiday that no law dates',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: z.strictObject({ market, date: localDay, name: text(100) }),
      status: 201,
      answer: holiday,
    }),
    async (c) => {
      const entered = await transact(db, callerOf(c).actor, new Date(), (context) =>
        enterHoliday(context, c.req.valid('json')),
      );
      return c.json(present(entered), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/holidays/{id}',
      summary: 'Withdraw a public holiday that was entered',
      tag,
      roles: adminOnly,
      guard: existing((id) => findHoliday(db, id)),
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) => withdrawHoliday(context, c.req.valid('param').id));
      return c.body(null, 204);
    },
  );
  return app;
}
