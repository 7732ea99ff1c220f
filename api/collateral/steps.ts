import { z } from '@hono/zod-openapi';
import { listSteps, type StepStand } from '#db/queries/collateral';
import { leaseClock } from '#db/queries/leases';
import { localDate, localDateAt } from '#domain/calendar';
import { stepKinds, stepStatuses, terms } from '#domain/collateral/step';
import { isStaff } from '#domain/identity/roles';
import { completeStep, dropStep } from '#use-cases/collateral/close-step';
import { transact } from '#use-cases/context';
import type { Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, everybody, router, staff } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, localDay, pageQuery, text, uuid } from '../schemas.ts';

type Router = ReturnType<typeof router>;
const tag = 'collateral';

const step = z
  .object({
    id: uuid,
    leaseId: uuid,
    vehicleId: uuid,
    kind: z.enum(stepKinds),
    status: z.enum(stepStatuses),
    register: z.string(),
    law: z.string().openapi({ description: 'Where the step comes from' }),
    isTermOfLaw: z.boolean().openapi({ description: 'False where the days are the house’s own' }),
    dueOn: localDay.openapi({ description: 'The last local day on which it may be done' }),
    isLate: z.boolean(),
    doneOn: localDay.nullable(),
    reference: z.string().nullable().openapi({ description: 'What the register calls it' }),
    reason: z.string().nullable().openapi({ description: 'Why nothing has to be done' }),
    closedAt: instantOrNull,
    createdAt: instant,
  })
  .openapi('CollateralStep');

function presentStep({ lease, ...row }: StepStand): z.infer<typeof step> {
  const { id, leaseId, kind, status, dueOn, doneOn, reference, reason, closedAt, createdAt } = row;
  const { register, law, isTermOfLaw } = terms[lease.market][kind];
  const today = localDateAt(leaseClock(lease).getTime(), lease.market);
  return {
    id,
    leaseId,
    vehicleId: lease.vehicleId,
    kind,
    status,
    register,
    law,
    isTermOfLaw,
    dueOn,
    isLate: status === 'open' && dueOn < today,
    doneOn,
    reference,
    reason,
    closedAt,
    createdAt,
  };
}

/** What is done at public registers for leases. */
export function collateralRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  closeRoutes(deps, app);
  return app;
}

const theirs = ({ id, role }: Pick<Caller, 'id' | 'role'>) => (isStaff(role) ? undefined : id);

/** @throws Problem not_found */
async function seen({ db }: Pick<ApiDependencies, 'db'>, caller: Pick<Caller, 'id' | 'role'>, id: string) {
  const [row] = await listSteps(db, { id, customerId: theirs(caller) }, { limit: 1 });
  return found(row);
}

const ofOwnLease = (deps: ApiDependencies) => existing((id, c) => seen(deps, callerOf(c), id));

function readRoutes(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/collateral-steps',
      summary: 'What is to be done, or was, at public registers: of my leases; of all of them for staff; newest first',
      tag,
      roles: everybody,
      query: z.object({
        ...pageQuery,
        leaseId: uuid.optional(),
        kind: z.enum(stepKinds).optional(),
        status: z.enum(stepStatuses).optional(),
      }),
      status: 200,
      answer: listOf(step),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const customerId = theirs(callerOf(c));
      const rows = await listSteps(deps.db, { ...filter, customerId }, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentStep), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/collateral-steps/{id}',
      summary: 'One step: at which register, by when, and whether it is done',
      tag,
      roles: everybody,
      guard: ofOwnLease(deps),
      params: idParam,
      status: 200,
      answer: step,
    }),
    async (c) => c.json(presentStep(await seen(deps, callerOf(c), c.req.valid('param').id)), 200),
  );
}

function closeRoutes(deps: ApiDependencies, app: Router): void {
  const common = {
    method: 'post',
    tag,
    guard: ofOwnLease(deps),
    params: idParam,
    idempotency: 'optional',
    status: 200,
    answer: step,
  } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/collateral-steps/{id}/done',
      summary: 'It is done at the register',
      roles: staff,
      body: z.strictObject({ on: localDay, reference: text(80) }),
    }),
    async (c) => {
      const caller = callerOf(c);
      const before = await seen(deps, caller, c.req.valid('param').id);
      const { on, reference } = c.req.valid('json');
      const done = { stepId: before.id, on: localDate(on), reference };
      const row = await transact(deps.db, caller.actor, leaseClock(before.lease), (context) =>
        completeStep(context, done),
      );
      return c.json(presentStep({ ...before, ...row }), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/collateral-steps/{id}/drop',
      summary: 'Nothing has to be done; with a reason',
      roles: adminOnly,
      body: z.strictObject({ reason: text() }),
    }),
    async (c) => {
      const caller = callerOf(c);
      const before = await seen(deps, caller, c.req.valid('param').id);
      const drop = { stepId: before.id, reason: c.req.valid('json').reason };
      const row = await transact(deps.db, caller.actor, leaseClock(before.lease), (context) => dropStep(context, drop));
      return c.json(presentStep({ ...before, ...row }), 200);
    },
  );
}
