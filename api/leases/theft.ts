import { z } from '@hono/zod-openapi';
import { commands } from '#domain/leases/commands';
import { transact } from '#use-cases/context';
import { provesPresence } from '#use-cases/identity/proves-presence';
import { orderReport } from '#use-cases/leases/order-report';
import type { ApiDependencies } from '../dependencies.ts';
import { leaseOf, ownLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, type router } from '../route.ts';
import { askedInstant, idParam, text } from '../schemas.ts';
import { lease, viewLease } from './view.ts';

const theftReport = z.strictObject({
  policeReference: text(80).optional(),
  at: askedInstant.optional(),
  code: z
    .string()
    .regex(/^\d{6}$/, 'must be six digits')
    .optional()
    .openapi({ description: 'Of `POST /v1/auth/otp`: for a customer whose login is older than a quarter of an hour' }),
  note: text().optional().openapi({ description: 'Who reported it, and how, where staff say so' }),
});

const deathReport = theftReport.pick({ code: true, note: true });

/** Of which more is asked than the lease is told: a second factor. */
export function reportRoutes(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/report-theft',
      summary: 'Report that the vehicle was stolen',
      tag: 'leases',
      roles: commands.reportTheft.by,
      guard: ownLease(deps),
      goesOn: true,
      idempotency: 'optional',
      params: idParam,
      body: theftReport,
      status: 200,
      answer: lease,
    }),
    async (c) => {
      const { db, encryption } = deps;
      const { id } = await leaseOf(deps, c.req.valid('param').id);
      const { id: userId, sessionId, actor } = callerOf(c);
      const { policeReference, at: stolenAt, code, note } = c.req.valid('json');
      const claim = { userId, sessionId, code };
      const isProven = () => transact(db, actor, new Date(), (context) => provesPresence(context, encryption, claim));
      const theft = { actor, policeReference, stolenAt, note };
      await orderReport(deps, { leaseId: id, command: 'reportTheft', isProven }, theft, c.get('idempotencyKey'));
      return c.json(await viewLease(db, id, callerOf(c)), 200);
    },
  );
  deathRoute(deps, app);
}

function deathRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/leases/{id}/report-death',
      summary: 'Say that the customer has died: nothing more is collected of his leases, and he is told nothing',
      tag: 'leases',
      roles: commands.reportDeath.by,
      guard: ownLease(deps),
      goesOn: true,
      idempotency: 'optional',
      params: idParam,
      body: deathReport,
      status: 200,
      answer: lease,
    }),
    async (c) => {
      const { db, encryption } = deps;
      const { id } = await leaseOf(deps, c.req.valid('param').id);
      const { id: userId, sessionId, actor } = callerOf(c);
      const { code, note } = c.req.valid('json');
      const claim = { userId, sessionId, code };
      const isProven = () => transact(db, actor, new Date(), (context) => provesPresence(context, encryption, claim));
      await orderReport(
        deps,
        { leaseId: id, command: 'reportDeath', isProven },
        { actor, note },
        c.get('idempotencyKey'),
      );
      return c.json(await viewLease(db, id, callerOf(c)), 200);
    },
  );
}
