import { z } from '@hono/zod-openapi';
import { listGuarantees, type GuaranteeStand } from '#db/queries/guarantees';
import { leaseClock } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { money as sumOf } from '#domain/money';
import { guaranteeStatuses, isOver } from '#domain/parties/guarantee';
import { inLeaseCurrency } from '#domain/payable';
import { keyOfItsOwn } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import { transact } from '#use-cases/context';
import { endGuarantee } from '#use-cases/parties/answer-invitation';
import { inviteGuarantor } from '#use-cases/parties/invite-guarantor';
import { signGuarantee } from '#use-cases/parties/sign-guarantee';
import type { Caller } from '../context.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing, found, leaseOf, ownLease } from '../guards.ts';
import { proofOf, signing } from '../leases/signing.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { balance, idParam, instant, instantOrNull, listOf, mobile, money, pageQuery, text, uuid } from '../schemas.ts';

type Router = ReturnType<typeof router>;
const tag = 'guarantees';

const guarantee = z
  .object({
    id: uuid,
    leaseId: uuid,
    reference: z.string().openapi({ description: 'Of the lease: what whoever pays for it types' }),
    vehicleId: uuid,
    part: z.enum(['customer', 'guarantor', 'staff']),
    status: z.enum(guaranteeStatuses),
    cap: money.openapi({ description: 'The most that he answers for, in all' }),
    paid: balance.openapi({ description: 'What he has paid of it, by the phone that he has or was asked by' }),
    totalPrice: money,
    customerName: z.string().nullable().openapi({
      description: 'For whom: told to whoever answers for him, or is asked to, and to staff',
    }),
    guarantorId: uuid.nullable().openapi({ description: 'Null for the customer: he knows whom he has named' }),
    calledOn: z.iso.date().nullable().openapi({ description: 'The local day on which he was called upon last' }),
    reason: z.string().nullable(),
    expiresAt: instant,
    consentedAt: instantOrNull,
    endedAt: instantOrNull,
    createdAt: instant,
  })
  .openapi('Guarantee');

function presentGuarantee(row: GuaranteeStand, { id: userId, role }: Caller): z.infer<typeof guarantee> {
  const { id, leaseId, lease, status, guarantorId, calledOn, reason, expiresAt, consentedAt, endedAt, createdAt } = row;
  const part = isStaff(role) ? 'staff' : guarantorId === userId ? 'guarantor' : 'customer';
  return {
    id,
    leaseId,
    reference: lease.reference,
    vehicleId: lease.vehicleId,
    part,
    status,
    cap: sumOf(row.cap, lease.currency),
    paid: sumOf(row.paid, lease.currency),
    totalPrice: sumOf(lease.totalPrice, lease.currency),
    customerName: part === 'customer' || isOver(status) ? null : row.customerName,
    guarantorId: part === 'customer' ? null : guarantorId,
    calledOn,
    reason,
    expiresAt,
    consentedAt,
    endedAt,
    createdAt,
  };
}

/** Those who answer for leases. */
export function guaranteeRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  inviteRoute(deps, app);
  answerRoutes(deps, app);
  return app;
}

/** A guarantee that whoever asks has a part in. @throws Problem not_found */
async function mine(
  { db }: Pick<ApiDependencies, 'db'>,
  { id: userId, role }: Pick<Caller, 'id' | 'role'>,
  id: string,
) {
  const of = isStaff(role) ? undefined : userId;
  const [row] = await listGuarantees(db, { id, of }, { limit: 1 });
  return found(row);
}

const partIn = (deps: ApiDependencies) => existing((id, c) => mine(deps, callerOf(c), id));

function readRoutes(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/guarantees',
      summary: 'What I answer for, or am asked to, and who answers for my leases, newest first; all of them for staff',
      tag,
      roles: everybody,
      query: z.object({ ...pageQuery, leaseId: uuid.optional(), status: z.enum(guaranteeStatuses).optional() }),
      status: 200,
      answer: listOf(guarantee),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const caller = callerOf(c);
      const of = isStaff(caller.role) ? undefined : caller.id;
      const rows = await listGuarantees(deps.db, { ...filter, of }, { limit: limit + 1, before: timePage(cursor) });
      return c.json(
        page(rows, limit, (row) => presentGuarantee(row, caller)),
        200,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/guarantees/{id}',
      summary: 'One guarantee: for what, up to how much, and where it stands',
      tag,
      roles: everybody,
      guard: partIn(deps),
      params: idParam,
      status: 200,
      answer: guarantee,
    }),
    async (c) => {
      const caller = callerOf(c);
      return c.json(presentGuarantee(await mine(deps, caller, c.req.valid('param').id), caller), 200);
    },
  );
}

function inviteRoute(deps: ApiDependencies, app: Router): void {
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/guarantees',
      summary: 'Have somebody asked, once, to answer for my lease',
      tag,
      roles: ['customer'],
      guard: ownLease(deps),
      params: idParam,
      idempotency: 'optional',
      body: z.strictObject({ name: text(), phone: mobile }),
      status: 201,
      answer: guarantee,
    }),
    async (c) => {
      const lease = await leaseOf(deps, c.req.valid('param').id);
      const caller = callerOf(c);
      const guaranteeId = uuidFor('guarantee', lease.id, c.get('idempotencyKey') ?? keyOfItsOwn());
      const invitation = { guaranteeId, leaseId: lease.id, ...c.req.valid('json') };
      await transact(deps.db, caller.actor, leaseClock(lease), (context) =>
        inviteGuarantor(context, deps.encryption, invitation),
      );
      return c.json(presentGuarantee(await mine(deps, caller, guaranteeId), caller), 201);
    },
  );
}

function answerRoutes(deps: ApiDependencies, app: Router): void {
  const common = {
    method: 'post',
    tag,
    guard: partIn(deps),
    params: idParam,
    idempotency: 'optional',
    status: 200,
    answer: guarantee,
  } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/guarantees/{id}/consent',
      summary: 'Sign that you answer for the lease, up to what it says',
      roles: ['customer'],
      body: z.strictObject({
        name: text().openapi({ description: 'What you sign with' }),
        cap: money.openapi({ description: 'What you have read that you answer for' }),
        ...signing,
      }),
    }),
    async (c) => {
      const caller = callerOf(c);
      const row = await mine(deps, caller, c.req.valid('param').id);
      if (row.guarantorId !== caller.id) throw new Problem('forbidden', 'whoever was asked consents');
      const { name, cap, code, sha256 } = c.req.valid('json');
      const lease = await leaseOf(deps, row.leaseId);
      const signer = { actor: caller.actor, name, sha256, isProven: proofOf(deps, caller, code) };
      await signGuarantee(deps, { guaranteeId: row.id, cap: inLeaseCurrency(lease, cap, 'cap') }, signer);
      return c.json(presentGuarantee(await mine(deps, caller, row.id), caller), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/guarantees/{id}/end',
      summary: 'Refuse, or go back on it before the agreement is signed; the customer takes it back; staff release',
      roles: everybody,
      body: z.strictObject({ reason: text().optional() }),
    }),
    async (c) => {
      const caller = callerOf(c);
      const row = await mine(deps, caller, c.req.valid('param').id);
      const { reason = 'not wanted any more' } = c.req.valid('json');
      const at = leaseClock(await leaseOf(deps, row.leaseId));
      const ended = await transact(deps.db, caller.actor, at, (context) =>
        endGuarantee(context, { guaranteeId: row.id, reason }),
      );
      return c.json(presentGuarantee({ ...row, ...ended }, caller), 200);
    },
  );
}
