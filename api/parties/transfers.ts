import { z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { leaseClock } from '#db/queries/leases';
import { findTransfer, listTransfers, type TransferRow } from '#db/queries/parties';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { commands } from '#domain/leases/commands';
import { transferStatuses } from '#domain/parties/transfer';
import { keyOfItsOwn } from '#steering/command-key';
import { commandLease } from '#steering/command-lease';
import { uuidFor } from '#steering/send-command';
import { transact, type Context as UseCase } from '#use-cases/context';
import { acceptTransfer } from '#use-cases/parties/accept-transfer';
import { endTransfer } from '#use-cases/parties/end-transfer';
import { agreeToTransfer, proposeTransfer } from '#use-cases/parties/propose-transfer';
import { withProof } from '#use-cases/parties/with-proof';
import type { ApiEnvironment, Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, leaseOf, ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, listOf, mobile, pageQuery, text, uuid } from '../schemas.ts';
import { ownPart, transfer, viewTransfers } from './transfer-view.ts';

type Router = ReturnType<typeof router>;
const tag = 'transfers';
/** Proves that whoever asks has his phone in hand. */
export const code = z
  .string()
  .regex(/^\d{6}$/, 'must be six digits')
  .optional()
  .openapi({ description: 'Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour' });

/** Leases that are made over from one customer to another. */
export function transferRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  proposeRoute(deps, app);
  stepRoutes(deps, app);
  confirmRoute(deps, app);
  return app;
}

/** 404 for a transfer that whoever asks has no part in. */
const partIn = ({ db }: ApiDependencies) =>
  createMiddleware<ApiEnvironment>(async (c, next) => {
    const id = uuid.safeParse(c.req.param('id'));
    const [row] = id.success
      ? await listTransfers(db, { id: id.data, of: await ownPart(db, callerOf(c)) }, { limit: 1 })
      : [];
    found(row);
    await next();
  });

async function view({ db }: ApiDependencies, caller: Caller, row: TransferRow | undefined) {
  return found((await viewTransfers(db, caller, [found(row)]))[0]);
}

function readRoutes(deps: ApiDependencies, app: Router): void {
  const { db } = deps;
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/transfers',
      summary: 'Transfers of leases that I have, had or am offered, newest first; all of them for staff',
      tag,
      roles: everybody,
      query: z.object({ ...pageQuery, leaseId: uuid.optional(), status: z.enum(transferStatuses).optional() }),
      status: 200,
      answer: listOf(transfer),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const caller = callerOf(c);
      const of = await ownPart(db, caller);
      const rows = await listTransfers(db, { ...filter, of }, { limit: limit + 1, before: timePage(cursor) });
      const { nextCursor } = page(rows, limit, (row) => row);
      return c.json({ data: await viewTransfers(db, caller, rows.slice(0, limit)), nextCursor }, 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/transfers/{id}',
      summary: 'One transfer: what is paid, what is owed, and where it stands',
      tag,
      roles: everybody,
      guard: partIn(deps),
      params: idParam,
      status: 200,
      answer: transfer,
    }),
    async (c) => c.json(await view(deps, callerOf(c), await findTransfer(db, c.req.valid('param').id)), 200),
  );
}

function proposeRoute(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/transfers',
      summary: 'Propose that somebody else takes the lease over as it is',
      tag,
      roles: everybody,
      guard: ownLease(deps),
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({ phone: mobile.openapi({ description: 'Of the other person' }), code }),
      status: 201,
      answer: transfer,
    }),
    async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const { phone, code } = c.req.valid('json');
      const caller = callerOf(c);
      const transferId = uuidFor('transfer', lease.id, c.get('idempotencyKey') ?? keyOfItsOwn());
      const proposal = { transferId, leaseId: lease.id, phone };
      const row = await withProof(deps, caller, { code, at: leaseClock(lease) }, (context) =>
        proposeTransfer(context, deps.encryption, proposal),
      );
      return c.json(await view(deps, caller, row), 201);
    },
  );
}

const steps = (deps: ApiDependencies) =>
  ({
    method: 'post',
    tag,
    guard: partIn(deps),
    params: idParam,
    idempotency: 'optional',
    status: 200,
    answer: transfer,
  }) as const;

function stepRoutes(deps: ApiDependencies, app: Router): void {
  const common = steps(deps);
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/transfers/{id}/agree',
      summary: 'Agree to what an agent proposed for my lease',
      roles: ['customer'],
      body: z.strictObject({ code }),
    }),
    async (c) => {
      const { row, caller } = await partOf(deps, c.req.valid('param').id, callerOf(c));
      if (row.fromCustomerId !== caller.id) throw new Problem('forbidden', 'the customer of the lease agrees');
      const agreed = await proven(deps, caller, row, c.req.valid('json').code, (context) =>
        agreeToTransfer(context, row.id),
      );
      return c.json(await view(deps, caller, agreed), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/transfers/{id}/accept',
      summary: 'Take the lease over as it is; an admin confirms it then',
      roles: ['customer'],
      body: z.strictObject({
        name: text().openapi({ description: 'What you sign with' }),
        paymentMethodId: uuid,
        code,
      }),
    }),
    async (c) => {
      const { row, caller } = await partOf(deps, c.req.valid('param').id, callerOf(c));
      const { code, ...signed } = c.req.valid('json');
      if (row.fromCustomerId === caller.id) throw new Problem('forbidden', 'the other person accepts it');
      const acceptance = { transferId: row.id, userId: caller.id, ...signed };
      const accepted = await proven(deps, caller, row, code, (context) => acceptTransfer(context, acceptance));
      return c.json(await view(deps, caller, accepted), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/transfers/{id}/end',
      summary:
        'Have nothing come of it: withdrawn by whoever has the lease, refused by the other person, rejected by an admin',
      roles: everybody,
      body: z.strictObject({ reason: text().optional() }),
    }),
    async (c) => {
      const { row, caller } = await partOf(deps, c.req.valid('param').id, callerOf(c));
      const { reason = 'not wanted any more' } = c.req.valid('json');
      const as = endedBy(row, caller);
      const lease = await leaseOf(deps, row.leaseId);
      const ended = await transact(deps.db, caller.actor, leaseClock(lease), (context) =>
        endTransfer(context, { transferId: row.id, as, reason }),
      );
      return c.json(await view(deps, caller, ended), 200);
    },
  );
}

function endedBy({ fromCustomerId, status }: TransferRow, { id, role }: Caller) {
  if (role === 'admin' && status === 'accepted') return 'rejected';
  return isStaff(role) || fromCustomerId === id ? 'withdrawn' : 'refused';
}

/** A transfer that whoever asks has a part in, as its guard has found. */
async function partOf({ db }: ApiDependencies, id: string, caller: Caller) {
  return { row: found(await findTransfer(db, id)), caller };
}

async function proven(
  deps: ApiDependencies,
  caller: Caller,
  { leaseId }: TransferRow,
  code: string | undefined,
  work: (context: UseCase) => Promise<TransferRow>,
) {
  return withProof(deps, caller, { code, at: leaseClock(await leaseOf(deps, leaseId)) }, work);
}

function confirmRoute(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      ...steps(deps),
      path: '/transfers/{id}/confirm',
      summary: 'Make the lease over to whoever has accepted it',
      roles: commands.transfer.by,
      goesOn: true,
      body: z.strictObject({
        reason: text().optional().openapi({ description: 'Why the credit is given, where the card refers it' }),
      }),
    }),
    async (c) => {
      const { row, caller } = await partOf(deps, c.req.valid('param').id, callerOf(c));
      const { id: transferId, leaseId, toCustomerId: customerId } = row;
      if (customerId === null) throw new Problem('invalid_state', 'nobody has accepted it yet');
      const order = { transferId, customerId, actor: caller.actor, ...c.req.valid('json') };
      await commandLease(deps, leaseId, 'transfer', order, c.get('idempotencyKey'));
      return c.json(await view(deps, caller, await findTransfer(deps.db, transferId)), 200);
    },
  );
}
