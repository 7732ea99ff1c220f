import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { findTransfer, type TransferRow } from '#db/queries/parties';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { commands } from '#domain/leases/commands';
import { commandLease } from '#steering/command-lease';
import { transact, type Context as UseCase } from '#use-cases/context';
import { endTransfer } from '#use-cases/parties/end-transfer';
import { agreeToTransfer } from '#use-cases/parties/propose-transfer';
import { signTakeover } from '#use-cases/parties/sign-takeover';
import { withProof } from '#use-cases/parties/with-proof';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, leaseOf } from '../guards.ts';
import { proofOf, signing } from '../leases/signing.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, type router } from '../route.ts';
import { idParam, text, uuid } from '../schemas.ts';
import { code, partIn, transfer, viewTransfer } from './transfer-view.ts';

type Router = ReturnType<typeof router>;

const steps = (deps: ApiDependencies) =>
  ({
    method: 'post',
    tag: 'transfers',
    guard: partIn(deps),
    params: idParam,
    idempotency: 'optional',
    status: 200,
    answer: transfer,
  }) as const;

/** What is done of a transfer once it is proposed. */
export function stepRoutes(deps: ApiDependencies, app: Router): void {
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
      return c.json(await viewTransfer(deps, caller, agreed), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/transfers/{id}/accept',
      summary: 'Sign that you take the lease over as it is; an admin confirms it then',
      roles: ['customer'],
      body: z.strictObject({
        name: text().openapi({ description: 'What you sign with' }),
        paymentMethodId: uuid,
        ...signing,
      }),
    }),
    async (c) => {
      const { row, caller } = await partOf(deps, c.req.valid('param').id, callerOf(c));
      const { code, name, sha256, paymentMethodId } = c.req.valid('json');
      if (row.fromCustomerId === caller.id) throw new Problem('forbidden', 'the other person accepts it');
      const takeover = { transferId: row.id, userId: caller.id, paymentMethodId };
      const signer = { actor: caller.actor, name, sha256, isProven: proofOf(deps, caller, code) };
      const accepted = await signTakeover(deps, takeover, signer);
      return c.json(await viewTransfer(deps, caller, accepted), 200);
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
      return c.json(await viewTransfer(deps, caller, ended), 200);
    },
  );
  confirmRoute(deps, app);
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
      return c.json(await viewTransfer(deps, caller, await findTransfer(deps.db, transferId)), 200);
    },
  );
}
