import { z } from '@hono/zod-openapi';
import { findMarketRule, listMarketRules, type MarketRuleRow } from '#db/queries/immobilisations';
import { localDate } from '#domain/calendar';
import { transact } from '#use-cases/context';
import { correctMarketRule, setMarketRule } from '#use-cases/telematics/set-market-rule';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router, staff } from '../route.ts';
import { idParam, instantOrNull, listOf, localDay, market, pageQuery, text, uuid } from '../schemas.ts';

const tag = 'telematics';
const ORDER = 'market-rules';
const fields = {
  market,
  effectiveFrom: localDay.openapi({ description: 'The first local day on which it holds' }),
  leastDaysPastDue: z.int().min(1).max(365),
  noticeHours: z.int().min(1).max(2_160),
  fromHour: z.int().min(0).max(23),
  untilHour: z.int().min(1).max(24),
  stopsAfterTwoThirds: z.boolean(),
  repossessionNoticeDays: z.int().min(1).max(365).default(14).openapi({
    description: 'Days between the written notice of arrears and the day on which a vehicle may be taken back',
  }),
  courtAfterTwoThirds: z
    .boolean()
    .default(true)
    .openapi({ description: 'Whether only a court orders that a vehicle is taken back once two thirds are paid' }),
  saleDaysAfterDemand: z
    .int()
    .min(0)
    .max(3_650)
    .openapi({ description: 'Days after a written demand before which a vehicle that was taken back is not sold' }),
  isShortfallOwed: z
    .boolean()
    .default(true)
    .openapi({ description: 'Whether a customer still owes what such a sale has not brought' }),
  source: text(500),
};
const rule = z
  .object({
    id: uuid,
    ...fields,
    corrects: uuid.nullable().openapi({ description: 'The rule in whose place it was entered' }),
    correctedAt: instantOrNull.openapi({ description: 'Since when another is in its place, and it holds no more' }),
  })
  .openapi('MarketRule');
const isDay = ({ fromHour, untilHour }: { readonly fromHour: number; readonly untilHour: number }) =>
  fromHour < untilHour;
const dayFault = { path: ['untilHour'], message: 'must be later than fromHour' };
const newRule = z.strictObject(fields).refine(isDay, dayFault);
const { market: _market, ...others } = fields;
const correction = z
  .strictObject({ ...others, reason: text(500).openapi({ description: 'Why, for the audit' }) })
  .refine(isDay, dayFault)
  .openapi('MarketRuleCorrection');

const present = ({ createdAt: _createdAt, ...row }: MarketRuleRow) => row;

/** What the laws of the markets ask of whoever stops a vehicle. */
export function marketRuleRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/market-rules',
      summary: 'What the laws of the markets ask before a vehicle is stopped, the latest to begin first',
      tag,
      roles: staff,
      query: z.object({ ...pageQuery, market: market.optional() }),
      status: 200,
      answer: listOf(rule),
    }),
    async (c) => {
      const { limit, cursor, market: of } = c.req.valid('query');
      const place = decodeCursor(cursor, ORDER);
      const after = place === undefined ? undefined : ([localDay.parse(String(place[0])), place[1]] as const);
      const rows = await listMarketRules(db, { market: of, limit, after });
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const nextCursor =
        rows.length > limit && last !== undefined ? encodeCursor(last.effectiveFrom, last.id, ORDER) : null;
      return c.json({ data: shown.map(present), nextCursor }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/market-rules',
      summary: 'Enter what the law of a market asks from a day on',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: newRule,
      status: 201,
      answer: rule,
    }),
    async (c) => {
      const said = c.req.valid('json');
      const entered = { ...said, effectiveFrom: localDate(said.effectiveFrom) };
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => setMarketRule(context, entered));
      return c.json(present(row), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/market-rules/{id}/correct',
      summary: 'Enter a rule in the place of one that was entered wrongly, from its day on or from a later one',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      guard: existing((id) => findMarketRule(db, id)),
      params: idParam,
      body: correction,
      status: 201,
      answer: rule,
    }),
    async (c) => {
      const said = c.req.valid('json');
      const corrected = { ...said, effectiveFrom: localDate(said.effectiveFrom) };
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        correctMarketRule(context, c.req.valid('param').id, corrected),
      );
      return c.json(present(row), 201);
    },
  );
  return app;
}
