import { z } from '@hono/zod-openapi';
import { findLease, leaseClock } from '#db/queries/leases';
import { findUpgrade, listUpgrades, type UpgradeRow } from '#db/queries/upgrades';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { linesAheadOf, upgradeStatuses } from '#domain/upgrades/upgrade';
import { keyOfItsOwn } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import { transact, type Context as UseCase } from '#use-cases/context';
import { signExchange } from '#use-cases/upgrades/sign-exchange';
import { completeUpgrade } from '#use-cases/upgrades/complete-upgrade';
import { decideUpgrade } from '#use-cases/upgrades/decide-upgrade';
import { cancelUpgrade } from '#use-cases/upgrades/end-upgrade';
import { inspectUpgrade } from '#use-cases/upgrades/inspect-upgrade';
import { requestUpgrade } from '#use-cases/upgrades/request-upgrade';
import type { Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, leaseOf, mayReach, owned } from '../guards.ts';
import { proofOf, signing } from '../leases/signing.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, listOf, money, pageQuery, text, uuid, balance, instant, instantOrNull } from '../schemas.ts';
import { creditStatuses } from '#domain/credit/assessment';
import { money as sumOf } from '#domain/money';
import { frequencies } from '#domain/vehicles/plan';
import { priceWithDeposit } from '#domain/vehicles/price-on-plan';

const upgrade = z
  .object({
    id: uuid,
    leaseId: uuid.openapi({ description: 'The lease that is left' }),
    newLeaseId: uuid.nullable().openapi({ description: 'The lease that begins with the swap' }),
    customerId: uuid,
    vehicleId: uuid.openapi({ description: 'The vehicle that is taken' }),
    planId: uuid,
    paymentMethodId: uuid,
    status: z.enum(upgradeStatuses),
    /** Of the vehicle that is taken. */
    price: money,
    /** What the vehicle that is given back is taken for. */
    tradeIn: money,
    subsidy: balance.openapi({ description: 'What of that is theirs who paid a part of its price' }),
    settlement: balance.openapi({ description: 'What settling its lease costs, at most' }),
    /** What is owned of it, and becomes the deposit. */
    deposit: money,
    payout: balance.openapi({ description: 'What a deposit cannot take, and is paid out' }),
    ahead: balance.openapi({ description: 'What makes no instalment smaller, and pays the first ones ahead' }),
    instalment: money,
    instalments: z.int(),
    frequency: z.enum(frequencies),
    total: money,
    credit: z.enum(creditStatuses).nullable(),
    odometerKm: z.int().nullable(),
    reason: z.string().nullable(),
    expiresAt: instant.openapi({ description: 'It lapses then, on the clock of the lease' }),
    acceptedAt: instantOrNull,
    inspectedAt: instantOrNull,
    endedAt: instantOrNull,
    createdAt: instant,
  })
  .openapi('Upgrade');

function presentUpgrade(row: UpgradeRow) {
  const sum = (amount: number) => sumOf(amount, row.currency);
  const { id, leaseId, customerId, vehicleId, paymentMethodId, status, plan, odometerKm, reason } = row;
  const { expiresAt, acceptedAt, inspectedAt, endedAt, createdAt } = row;
  return {
    id,
    leaseId,
    newLeaseId: status === 'completed' ? row.newLeaseId : null,
    customerId,
    vehicleId,
    planId: plan.id,
    paymentMethodId,
    status,
    price: sum(row.price),
    tradeIn: sum(row.tradeIn),
    subsidy: sum(row.subsidy),
    settlement: sum(row.settlement),
    deposit: sum(row.deposit),
    payout: sum(row.payout),
    ahead: sum(linesAheadOf(row)),
    instalment: sum(row.instalment),
    instalments: priceWithDeposit(plan, plan.market, sum(row.price), row.deposit).instalments,
    frequency: plan.frequency,
    total: sum(row.total),
    credit: row.credit?.status ?? null,
    odometerKm,
    reason,
    expiresAt,
    acceptedAt,
    inspectedAt,
    endedAt,
    createdAt,
  };
}

const tag = 'upgrades';
const odometerKm = z.int().min(0).max(5_000_000);

/** Exchanges of a leased vehicle for another one. */
export function upgradeRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  requestRoute(deps, app);
  stepRoutes(deps, app);
  return app;
}

type Router = ReturnType<typeof router>;

function readRoutes(deps: ApiDependencies, app: Router): void {
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/upgrades',
      summary: 'My upgrades, newest first; all of them for staff',
      tag,
      roles: everybody,
      query: z.object({
        ...pageQuery,
        leaseId: uuid.optional(),
        customerId: uuid.optional(),
        status: z.enum(upgradeStatuses).optional(),
      }),
      status: 200,
      answer: listOf(upgrade),
    }),
    async (c) => {
      const { limit, cursor, customerId, ...filter } = c.req.valid('query');
      const caller = callerOf(c);
      const only = isStaff(caller.role) ? customerId : caller.id;
      const rows = await listUpgrades(
        db,
        { ...filter, customerId: only },
        { limit: limit + 1, before: timePage(cursor) },
      );
      return c.json(page(rows, limit, presentUpgrade), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/upgrades/{id}',
      summary: 'One upgrade',
      tag,
      roles: everybody,
      guard: own(deps),
      params: idParam,
      status: 200,
      answer: upgrade,
    }),
    async (c) => c.json(presentUpgrade(await upgradeOf(deps, c.req.valid('param').id)), 200),
  );
}

function requestRoute(deps: ApiDependencies, app: Router): void {
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/upgrades',
      summary: 'Ask what exchanging a leased vehicle for another one comes to',
      tag,
      roles: everybody,
      idempotency: 'optional',
      body: z.strictObject({ leaseId: uuid, vehicleId: uuid, planId: uuid, paymentMethodId: uuid.optional() }),
      status: 201,
      answer: upgrade,
    }),
    async (c) => {
      const { leaseId, ...asked } = c.req.valid('json');
      const caller = callerOf(c);
      const lease = await findLease(db, leaseId);
      if (lease === undefined || !mayReach(caller, lease.customerId))
        throw new Problem('unprocessable', 'there is no such lease', [
          { path: 'leaseId', message: 'there is no such lease of yours' },
        ]);
      const upgradeId = uuidFor('upgrade', leaseId, c.get('idempotencyKey') ?? keyOfItsOwn());
      const request = { upgradeId, leaseId, ...asked };
      const row = await transact(db, caller.actor, leaseClock(lease), (context) => requestUpgrade(context, request));
      return c.json(presentUpgrade(row), 201);
    },
  );
}

function stepRoutes(deps: ApiDependencies, app: Router): void {
  const common = {
    method: 'post',
    tag,
    guard: own(deps),
    params: idParam,
    idempotency: 'optional',
    status: 200,
    answer: upgrade,
  } as const;

  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/upgrades/{id}/accept',
      summary: 'Sign the exchange as it is quoted; the other vehicle is held where the credit carries it',
      roles: ['customer'],
      body: z.strictObject({ name: text().optional(), ...signing }),
    }),
    async (c) => {
      const { id: upgradeId } = c.req.valid('param');
      const { name, sha256, code } = c.req.valid('json');
      const caller = callerOf(c);
      const signer = { actor: caller.actor, name, sha256, isProven: proofOf(deps, caller, code) };
      return c.json(presentUpgrade(await signExchange(deps, upgradeId, signer)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/upgrades/{id}/decision',
      summary: 'Decide on a credit that was referred',
      roles: staff,
      body: z.strictObject({ decision: z.enum(['approved', 'declined']), reason: text() }),
    }),
    async (c) => {
      const { id: upgradeId } = c.req.valid('param');
      const decision = { upgradeId, ...c.req.valid('json') };
      return c.json(await step(deps, callerOf(c), upgradeId, (context) => decideUpgrade(context, decision)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/upgrades/{id}/inspect',
      summary: 'The vehicle that is given back was looked at; a lower value makes another quote',
      roles: staff,
      body: z.strictObject({ odometerKm, tradeIn: money.optional(), notes: text().optional() }),
    }),
    async (c) => {
      const { id: upgradeId } = c.req.valid('param');
      const inspection = { upgradeId, ...c.req.valid('json') };
      return c.json(await step(deps, callerOf(c), upgradeId, (context) => inspectUpgrade(context, inspection)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/upgrades/{id}/complete',
      summary: 'Swap the vehicles: the old lease ends, the new one begins with what is owned as its deposit',
      roles: staff,
      body: z.strictObject({ odometerKm: odometerKm.openapi({ description: 'Of the vehicle that is taken' }) }),
    }),
    async (c) => {
      const { id: upgradeId } = c.req.valid('param');
      const order = { upgradeId, ...c.req.valid('json') };
      return c.json(await step(deps, callerOf(c), upgradeId, (context) => completeUpgrade(context, order)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/upgrades/{id}/cancel',
      summary: 'Call it off: everything is as it was',
      roles: everybody,
      body: z.strictObject({ reason: text().optional() }),
    }),
    async (c) => {
      const { id: upgradeId } = c.req.valid('param');
      const { reason = 'called off' } = c.req.valid('json');
      return c.json(
        await step(deps, callerOf(c), upgradeId, (context) => cancelUpgrade(context, { upgradeId, reason })),
        200,
      );
    },
  );
}

const own = ({ db }: ApiDependencies) => owned(async (id) => (await findUpgrade(db, id))?.customerId);

/** @throws Problem not_found */
async function upgradeOf({ db }: ApiDependencies, id: string): Promise<UpgradeRow> {
  const row = found(await findUpgrade(db, id));
  return row;
}

/** One step, on the clock of the lease that is left. */
async function step(
  deps: ApiDependencies,
  { actor }: Caller,
  upgradeId: string,
  work: (context: UseCase) => Promise<UpgradeRow>,
) {
  const { leaseId } = await upgradeOf(deps, upgradeId);
  const lease = await leaseOf(deps, leaseId);
  return presentUpgrade(await transact(deps.db, actor, leaseClock(lease), work));
}
