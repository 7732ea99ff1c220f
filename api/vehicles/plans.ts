import { transact } from '#use-cases/context';
import { createPlan } from '#use-cases/vehicles/create-plan';
import { updatePlan } from '#use-cases/vehicles/update-plan';
import { findPlan, listPlans, planPlace, type PlanRow } from '#db/queries/vehicles';
import { isStaff } from '#domain/identity/roles';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router } from '../route.ts';
import { idParam, listOf, market, pageQuery, pageSize, text, uuid } from '../schemas.ts';
import { z } from '@hono/zod-openapi';
import { HARDSHIP_DAYS, hardshipDaysOf } from '#domain/leases/hardship';
import { guarantorAfterOf, guarantorPercentOf } from '#domain/parties/guarantee';
import { THEFT_PAUSE_DAYS, theftPauseOf } from '#domain/leases/theft';
import { MOST_MONEY } from '#domain/money';
import { APPLICATIONS_AT_ONCE, components, frequencies, gapBearers, methods, type Plan } from '#domain/vehicles/plan';
import { vehicleTypes } from '#domain/vehicles/vehicle';

const lateFee = z
  .strictObject({ amount: z.int().positive().max(MOST_MONEY), cap: z.int().positive().max(MOST_MONEY) })
  .refine(({ amount, cap }) => cap >= amount, { path: ['cap'], message: 'must be at least one fee' });
const shares = z.partialRecord(z.enum(components), z.int().min(0).max(100));
const sumsTo100 = (parts: z.infer<typeof shares>) => Object.values(parts).reduce((sum, part) => sum + part, 0) === 100;
const sum = z.int().positive().max(MOST_MONEY);
const months = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'] as const;
const hours = z.int().min(1).max(720);
const planFields = {
  name: text(80),
  vehicleTypes: z.array(z.enum(vehicleTypes)).min(1).max(vehicleTypes.length),
  frequency: z.enum(frequencies),
  instalments: z.int().min(1).max(1500),
  depositPercent: z.int().min(0).max(90),
  markupPercent: z.int().min(0).max(200),
  graceDays: z.int().min(0).max(60),
  lateFee: lateFee.nullable(),
  immobiliseAfterDaysPastDue: z.int().min(1).max(365).nullable(),
  immobiliseNoticeHours: hours,
  offerHours: hours,
  signHours: hours,
  depositHours: hours,
  theftPauseDays: z
    .int()
    .min(1)
    .max(365)
    .nullable()
    .openapi({ description: 'Days for which collection waits for a stolen vehicle; null: it does not' }),
  hardshipDays: z
    .int()
    .min(1)
    .max(365)
    .nullable()
    .openapi({ description: 'Days of relief for hardship within 365; null: none' }),
  guarantorAfterDaysPastDue: z
    .int()
    .min(1)
    .max(365)
    .openapi({ description: 'Days past due beyond which whoever answers for the lease is called upon' }),
  applicationsAtOnce: z
    .int()
    .min(1)
    .max(20)
    .openapi({ description: 'How many applications a customer has open at most, with the one by this plan' }),
  guarantorPercent: z.int().min(1).max(100).openapi({ description: 'Of the price: the most that he answers for' }),
  totalLossGap: z
    .enum(gapBearers)
    .openapi({ description: 'Who bears what an insurer does not pay of a vehicle that is lost for good' }),
  components: shares.refine(sumsTo100, 'must sum to 100 percent'),
  depositAmount: sum
    .nullable()
    .openapi({ description: 'The least deposit in minor units, whatever the percentage is' }),
  method: z
    .enum(methods)
    .openapi({ description: '`markup` on what is paid over time, or interest on the balance that is left' }),
  annualRatePercent: z
    .number()
    .min(0)
    .max(100)
    .multipleOf(0.01)
    .nullable()
    .openapi({ description: 'Nominal, for `declining` alone, whose `markupPercent` is 0' }),
  daysOffPerMonth: z
    .int()
    .min(0)
    .max(4)
    .openapi({ description: 'So many Sundays of a month, the first ones, have no line of a daily plan' }),
  season: z
    .partialRecord(z.enum(months), z.int().min(10).max(300))
    .nullable()
    .openapi({ description: 'Percent of an ordinary instalment by month, 1 to 12; the total stays' }),
  earnings: z
    .strictObject({ sharePercent: z.int().min(1).max(100), floor: sum, ceiling: sum })
    .nullable()
    .openapi({ description: 'An instalment is a share of the recorded income, within bounds; the total stays' }),
  subsidy: z
    .strictObject({ amount: sum, by: text(80) })
    .nullable()
    .openapi({ description: 'What somebody else pays of the price' }),
};
/** What docs/openapi.json calls a plan. */
export const plan = z
  .object({
    id: uuid,
    ...planFields,
    market,
    components: shares,
    earnings: z
      .object({ sharePercent: z.int(), floor: z.int(), ceiling: z.int(), instalment: z.int().optional() })
      .nullable()
      .openapi({ description: '`instalment` is what it came to for a lease' }),
    active: z.boolean(),
  })
  .openapi('Plan');

function presentPlan(row: PlanRow) {
  const { version: _version, createdAt: _created, updatedAt: _updated, ...plan } = row;
  return plan;
}

/** The terms of a plan as it was, also of before it could say all that it says now. */
export function presentTerms({ vehicleTypes: types, season, ...terms }: Plan) {
  return {
    ...plainTerms,
    ...terms,
    season: season ?? null,
    vehicleTypes: [...types],
    theftPauseDays: theftPauseOf(terms),
    hardshipDays: hardshipDaysOf(terms),
    guarantorAfterDaysPastDue: guarantorAfterOf(terms),
    guarantorPercent: guarantorPercentOf(terms),
  };
}
const plainTerms = {
  depositAmount: null,
  method: 'markup' as const,
  annualRatePercent: null,
  daysOffPerMonth: 0,
  earnings: null,
  subsidy: null,
  totalLossGap: 'customer' as const,
  applicationsAtOnce: APPLICATIONS_AT_ONCE,
};

const newPlan = z.strictObject({
  ...planFields,
  market,
  lateFee: planFields.lateFee.default(null),
  offerHours: hours.default(72),
  signHours: hours.default(48),
  depositHours: hours.default(72),
  theftPauseDays: planFields.theftPauseDays.default(THEFT_PAUSE_DAYS),
  hardshipDays: planFields.hardshipDays.default(HARDSHIP_DAYS),
  guarantorAfterDaysPastDue: planFields.guarantorAfterDaysPastDue.default(guarantorAfterOf({})),
  guarantorPercent: planFields.guarantorPercent.default(guarantorPercentOf({})),
  totalLossGap: planFields.totalLossGap.default('customer'),
  applicationsAtOnce: planFields.applicationsAtOnce.default(APPLICATIONS_AT_ONCE),
  depositAmount: planFields.depositAmount.default(null),
  method: planFields.method.default('markup'),
  annualRatePercent: planFields.annualRatePercent.default(null),
  daysOffPerMonth: planFields.daysOffPerMonth.default(0),
  season: planFields.season.default(null),
  earnings: planFields.earnings.default(null),
  subsidy: planFields.subsidy.default(null),
});

const planChanges = z.strictObject({ ...planFields, active: z.boolean() }).partial();

const planSearch = z.object({
  ...pageQuery,
  limit: pageSize(100, 100),
  market: market.optional(),
  type: z.enum(vehicleTypes).optional(),
  frequency: z.enum(frequencies).optional(),
  all: z.enum(['true', 'false']).optional().openapi({ description: 'For staff: those no longer offered too' }),
});

const tag = 'vehicles';
const ORDER = 'plans';

/** The terms on offer. */
export function planRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const guard = existing((id) => findPlan(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/plans',
      summary: 'The plans on offer',
      tag,
      roles: 'public',
      query: planSearch,
      status: 200,
      answer: listOf(plan),
    }),
    async (c) => {
      const { limit, cursor, all, ...filter } = c.req.valid('query');
      const role = c.get('identity')?.role;
      const after = decodeCursor(cursor, ORDER);
      const place = after === undefined ? undefined : ([String(after[0]), after[1]] as const);
      const rows = await listPlans(
        db,
        { ...filter, all: all === 'true' && role !== undefined && isStaff(role) },
        { limit: limit + 1, after: place },
      );
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      return c.json(
        {
          data: shown.map(presentPlan),
          nextCursor: rows.length > limit && last !== undefined ? encodeCursor(planPlace(last), last.id, ORDER) : null,
        },
        200,
      );
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/plans/{id}',
      summary: 'One plan',
      tag,
      roles: 'public',
      guard,
      params: idParam,
      status: 200,
      answer: plan,
    }),
    async (c) => {
      const row = found(await findPlan(db, c.req.valid('param').id));
      return c.json(presentPlan(row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/plans',
      summary: 'Add a plan',
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: newPlan,
      status: 201,
      answer: plan,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        createPlan(context, c.req.valid('json')),
      );
      return c.json(presentPlan(row), 201, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/plans/{id}',
      summary: 'Change a plan for new applications',
      tag,
      roles: adminOnly,
      guard,
      params: idParam,
      body: planChanges,
      status: 200,
      answer: plan,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        updatePlan(context, c.req.valid('param').id, c.req.valid('json'), versionsOf(c)),
      );
      return c.json(presentPlan(row), 200, tagged(row));
    },
  );
  return app;
}
