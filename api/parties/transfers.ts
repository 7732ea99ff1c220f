import { z } from '@hono/zod-openapi';
import { leaseClock } from '#db/queries/leases';
import { findTransfer, listLeaseTransfers } from '#db/queries/parties';
import { transferStatuses } from '#domain/parties/transfer';
import { keyOfItsOwn } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import { proposeTransfer } from '#use-cases/parties/propose-transfer';
import { withProof } from '#use-cases/parties/with-proof';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, listOf, mobile, pageQuery, uuid } from '../schemas.ts';
import { stepRoutes } from './transfer-steps.ts';
import { code, ownPart, partIn, transfer, viewTransfer, viewTransfers } from './transfer-view.ts';

type Router = ReturnType<typeof router>;
const tag = 'transfers';

/** Leases that are made over from one customer to another. */
export function transferRoutes(deps: ApiDependencies) {
  const app = router();
  readRoutes(deps, app);
  proposeRoute(deps, app);
  stepRoutes(deps, app);
  return app;
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
      const rows = await listLeaseTransfers(db, { ...filter, of }, { limit: limit + 1, before: timePage(cursor) });
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
    async (c) => c.json(await viewTransfer(deps, callerOf(c), await findTransfer(db, c.req.valid('param').id)), 200),
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
      return c.json(await viewTransfer(deps, caller, row), 201);
    },
  );
}
