import { z } from '@hono/zod-openapi';
import { transact } from '#activities/context';
import { createPlan, createVehicle, retireVehicle, updatePlan, updateVehicle } from '#activities/vehicles/catalogue';
import { findPlan, findVehicle, listPlans, listVehicles, presentPlan, presentVehicle, vehicleSorts } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { quote } from '#domain/leases/quote';
import { money as moneyValue } from '#domain/money';
import { components, frequencies } from '#domain/vehicles/plan';
import { vehicleStatuses, vehicleTypes } from '#domain/vehicles/vehicle';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { etag, versionOf } from '../etag.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, instant, listOf, market, money, pageQuery, text, uuid } from '../schemas.ts';

const tag = 'vehicles';
const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);

const vehicle = z
  .object({
    id: uuid,
    type: z.enum(vehicleTypes),
    make: z.string(),
    model: z.string(),
    year: z.int(),
    market,
    price: money,
    registration: z.string(),
    vin: z.string(),
    odometerKm: z.int(),
    status: z.enum(vehicleStatuses),
    speedLimitKph: z.int().nullable(),
    location: z.object({ lat: z.number(), lon: z.number(), place: z.string().nullable() }).nullable(),
    photos: z.array(z.string()),
    createdAt: instant,
  })
  .openapi('Vehicle');
const newVehicle = z.strictObject({
  type: z.enum(vehicleTypes),
  make: text(60),
  model: text(60),
  year: z.int().min(1990).max(2100),
  market,
  price: money,
  registration: text(20),
  vin: text(40),
  odometerKm: z.int().min(0).max(5_000_000).default(0),
  speedLimitKph: z.int().min(10).max(200).nullable().optional(),
  location: z.strictObject({ lat: latitude, lon: longitude, place: text().optional() }).nullable().optional(),
  photos: z.array(z.url().max(500)).max(20).default([]),
});
const vehicleChanges = newVehicle
  .omit({ type: true, market: true, vin: true, odometerKm: true, photos: true })
  .partial()
  .extend({ status: z.enum(['available', 'maintenance']).optional(), odometerKm: z.int().min(0).max(5_000_000).optional(), photos: z.array(z.url().max(500)).max(20).optional() });

const lateFee = z.strictObject({ amount: z.int().positive(), cap: z.int().positive() }).nullable();
const planFields = {
  name: text(80),
  market,
  vehicleTypes: z.array(z.enum(vehicleTypes)).min(1),
  frequency: z.enum(frequencies),
  instalments: z.int().min(1).max(1500),
  depositPercent: z.int().min(0).max(90),
  markupPercent: z.int().min(0).max(200),
  graceDays: z.int().min(0).max(60),
  lateFee,
  immobiliseAfterDaysPastDue: z.int().min(1).max(365),
  immobiliseNoticeHours: z.int().min(1).max(720),
  offerHours: z.int().min(1).max(720),
  signHours: z.int().min(1).max(720),
  depositHours: z.int().min(1).max(720),
  components: z.partialRecord(z.enum(components), z.int().min(0).max(100)),
};
const sumsTo100 = (parts: Partial<Record<string, number>>) => Object.values(parts).reduce((sum: number, part) => sum + (part ?? 0), 0) === 100;
const shares = planFields.components.refine(sumsTo100, 'must sum to 100 percent');
const plan = z.object({ id: uuid, ...planFields, active: z.boolean() }).openapi('Plan');
const newPlan = z.strictObject({
  ...planFields,
  components: shares,
  lateFee: lateFee.default(null),
  offerHours: planFields.offerHours.default(72),
  signHours: planFields.signHours.default(48),
  depositHours: planFields.depositHours.default(72),
});
const planChanges = z.strictObject({ ...planFields, components: shares, active: z.boolean() }).omit({ market: true }).partial();
const quoteAnswer = z
  .object({ deposit: money, instalment: money, instalments: z.int(), frequency: z.enum(frequencies), total: money, components: z.partialRecord(z.enum(components), money) })
  .openapi('Quote');

const near = z
  .string()
  .regex(/^-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?$/, 'must be lat,lon')
  .transform((value) => {
    const [lat = 0, lon = 0] = value.split(',').map(Number);
    return { lat, lon };
  });
const search = z.object({
  ...pageQuery,
  type: z.enum(vehicleTypes).optional(),
  market: market.optional(),
  make: text(60).optional(),
  status: z.enum(vehicleStatuses).optional(),
  minPrice: z.coerce.number().int().min(0).optional(),
  maxPrice: z.coerce.number().int().min(0).optional(),
  near: near.optional(),
  q: text(80).optional(),
  sort: z.enum(vehicleSorts).optional(),
});

/** The catalogue: vehicles, plans, and what one costs on the other. */
export function vehicleRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();

  app.openapi(defineRoute(deps, { method: 'get', path: '/vehicles', summary: 'Search the catalogue', tag, roles: 'public', query: search, status: 200, answer: listOf(vehicle) }), async (c) => {
    const { limit, cursor, sort, ...filter } = c.req.valid('query');
    const order = sort ?? (filter.near === undefined ? '-created' : 'distance');
    const after = decodeCursor(cursor);
    if (after !== undefined && !(Number.isFinite(Number(after[0])) && uuid.safeParse(after[1]).success)) throw badCursor();
    const rows = await listVehicles(db, filter, order, { limit: limit + 1, after });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(last.key, last.vehicle.id) : null;
    return c.json({ data: shown.map((row) => presentVehicle(row.vehicle)), nextCursor }, 200);
  });
  app.openapi(defineRoute(deps, { method: 'get', path: '/vehicles/{id}', summary: 'One vehicle', tag, roles: 'public', params: idParam, status: 200, answer: vehicle }), async (c) => {
    const row = await found(findVehicle(db, c.req.valid('param').id));
    c.header('etag', etag(row.version));
    return c.json(presentVehicle(row), 200);
  });
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/vehicles', summary: 'Add a vehicle', tag, roles: staff, idempotency: 'optional', body: newVehicle, status: 201, answer: vehicle }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => createVehicle(context, { ...columnsOf(c.req.valid('json')), ...required(c.req.valid('json')) }));
      c.header('etag', etag(row.version));
      return c.json(presentVehicle(row), 201);
    },
  );
  app.openapi(
    defineRoute(deps, { method: 'patch', path: '/vehicles/{id}', summary: 'Change a vehicle', tag, roles: staff, params: idParam, body: vehicleChanges, status: 200, answer: vehicle }),
    async (c) => {
      const { id } = c.req.valid('param');
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => updateVehicle(context, id, columnsOf(c.req.valid('json')), versionOf(c)));
      c.header('etag', etag(row.version));
      return c.json(presentVehicle(row), 200);
    },
  );
  app.openapi(defineRoute(deps, { method: 'delete', path: '/vehicles/{id}', summary: 'Retire a vehicle', tag, roles: staff, params: idParam, status: 204, answer: nothing }), async (c) => {
    await transact(db, callerOf(c).actor, new Date(), (context) => retireVehicle(context, c.req.valid('param').id));
    return c.body(null, 204);
  });
  app.openapi(
    defineRoute(deps, { method: 'get', path: '/vehicles/{id}/quote', summary: 'What a vehicle costs on a plan', tag, roles: 'public', params: idParam, query: z.object({ planId: uuid }), status: 200, answer: quoteAnswer }),
    async (c) => {
      const row = await found(findVehicle(db, c.req.valid('param').id));
      const terms = await findPlan(db, c.req.valid('query').planId);
      const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'planId', message }]);
      if (terms === undefined || !terms.active) throw refuse('there is no such plan');
      if (terms.market !== row.market) throw refuse('the plan is for another market');
      if (!terms.vehicleTypes.includes(row.type)) throw refuse(`the plan is not for a ${row.type}`);
      return c.json(quote(terms, row.market, moneyValue(row.price, row.currency)), 200);
    },
  );

  app.openapi(defineRoute(deps, { method: 'get', path: '/plans', summary: 'The plans on offer', tag, roles: 'public', query: z.object({ market: market.optional() }), status: 200, answer: listOf(plan) }), async (c) => {
    const rows = await listPlans(db, c.req.valid('query'));
    return c.json({ data: rows.map(presentPlan), nextCursor: null }, 200);
  });
  app.openapi(
    defineRoute(deps, { method: 'post', path: '/plans', summary: 'Add a plan', tag, roles: adminOnly, idempotency: 'optional', body: newPlan, status: 201, answer: plan }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => createPlan(context, c.req.valid('json')));
      c.header('etag', etag(row.version));
      return c.json(presentPlan(row), 201);
    },
  );
  app.openapi(
    defineRoute(deps, { method: 'patch', path: '/plans/{id}', summary: 'Change a plan for new applications', tag, roles: adminOnly, params: idParam, body: planChanges, status: 200, answer: plan }),
    async (c) => {
      const changes = Object.fromEntries(Object.entries(c.req.valid('json')).filter(([, value]) => value !== undefined));
      const row = await transact(db, callerOf(c).actor, new Date(), (context) => updatePlan(context, c.req.valid('param').id, changes, versionOf(c)));
      c.header('etag', etag(row.version));
      return c.json(presentPlan(row), 200);
    },
  );
  return app;
}

async function found<T>(looking: Promise<T | undefined>): Promise<T> {
  const row = await looking;
  if (row === undefined) throw new Problem('not_found');
  return row;
}

/** A request's fields as columns; absent ones are left out. */
function columnsOf({ price, location, ...rest }: z.infer<typeof vehicleChanges>) {
  const columns = {
    ...rest,
    ...(price === undefined ? {} : { price: price.amount, currency: price.currency }),
    ...(location === undefined ? {} : { latitude: location?.lat ?? null, longitude: location?.lon ?? null, place: location?.place ?? null }),
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

function required({ type, make, model, year, market: where, price, registration, vin }: z.infer<typeof newVehicle>) {
  return { type, make, model, year, market: where, price: price.amount, currency: price.currency, registration, vin };
}
