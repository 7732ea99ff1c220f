import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { type UpgradeRow } from '#db/queries/upgrades';
import { transact, type Context as UseCase } from '#use-cases/context';
import { signExchange } from '#use-cases/upgrades/sign-exchange';
import { completeUpgrade } from '#use-cases/upgrades/complete-upgrade';
import { decideUpgrade } from '#use-cases/upgrades/decide-upgrade';
import { cancelUpgrade } from '#use-cases/upgrades/end-upgrade';
import { extendExchange } from '#use-cases/upgrades/extend-exchange';
import { inspectUpgrade } from '#use-cases/upgrades/inspect-upgrade';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf } from '../guards.ts';
import { proofOf, signing } from '../leases/signing.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, money, text } from '../schemas.ts';
import { MOST_EXTENDED_HOURS } from '#domain/vehicles/holds';
import { ownUpgrade, shownUpgrade, upgradeOf, viewUpgrade } from './upgrade-view.ts';

const odometerKm = z.int().min(0).max(5_000_000);

/** What people do with an exchange, one after the other. */
export function upgradeStepRoutes(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const common = {
    method: 'post',
    tag: 'upgrades',
    guard: ownUpgrade(deps),
    params: idParam,
    idempotency: 'optional',
    status: 200,
    answer: shownUpgrade,
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
      return c.json(await viewUpgrade(deps.db, await signExchange(deps, upgradeId, signer)), 200);
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
      body: z.strictObject({ odometerKm: odometerKm.optional(), tradeIn: money.optional(), notes: text().optional() }),
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
      body: z.strictObject({
        odometerKm: odometerKm
          .optional()
          .openapi({ description: 'Of the vehicle that is taken; without it, what is known' }),
      }),
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
      path: '/upgrades/{id}/extend-hold',
      summary: 'Hold the other vehicle longer, within a week in all, or a day where others wait for it: they are told',
      roles: staff,
      body: z.strictObject({ hours: z.int().min(1).max(MOST_EXTENDED_HOURS), reason: text() }),
    }),
    async (c) => {
      const { id: upgradeId } = c.req.valid('param');
      const order = { upgradeId, ...c.req.valid('json') };
      return c.json(await step(deps, callerOf(c), upgradeId, (context) => extendExchange(context, order)), 200);
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

/** One step, on the clock of the lease that is left. */
async function step(
  deps: ApiDependencies,
  { actor }: Caller,
  upgradeId: string,
  work: (context: UseCase) => Promise<UpgradeRow>,
) {
  const { leaseId } = await upgradeOf(deps, upgradeId);
  const lease = await leaseOf(deps, leaseId);
  return viewUpgrade(deps.db, await transact(deps.db, actor, leaseClock(lease), work));
}
