import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { acknowledgeRiskEvent } from '#use-cases/telematics/acknowledge-risk-event';
import { findRiskEvent, listRiskEvents } from '#db/queries/telematics';
import { isStaff } from '#domain/identity/roles';
import { riskEvent, riskTypes } from '#domain/telematics/risk';
import { severities } from '#domain/telematics/rules/rule';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router, staff } from '../route.ts';
import { noteSeen } from './looking.ts';
import { idParam, instant, instantOrNull, listOf, pageQuery, uuid } from '../schemas.ts';

const tag = 'telematics';
const risk = z
  .object({
    id: uuid,
    type: z.enum(riskTypes),
    severity: z.enum(severities),
    vehicleId: uuid,
    trackerId: uuid,
    leaseId: uuid.nullable(),
    occurredAt: instant,
    endedAt: instantOrNull,
    position: z.object({ lat: z.number(), lon: z.number() }).nullable(),
    details: z.record(z.string(), z.unknown()),
    acknowledgedAt: instantOrNull,
  })
  .openapi('RiskEvent');
/** What positions and silences meant. */
export function riskRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const filter = z.object({
    ...pageQuery,
    vehicleId: uuid.optional(),
    leaseId: uuid.optional(),
    type: z.enum(riskTypes).optional(),
  });
  // What was read through JSON is JSON; the driver's type only does not say so.
  const present = (row: Parameters<typeof riskEvent>[0]) => risk.parse(riskEvent(row));

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/risk-events',
      summary: "What happened to vehicles, the latest first; a customer's own leases, for staff all",
      tag,
      roles: everybody,
      looks: true,
      query: filter,
      status: 200,
      answer: listOf(risk),
    }),
    async (c) => {
      const { limit, cursor, ...wanted } = c.req.valid('query');
      const { id, role } = callerOf(c);
      const rows = await listRiskEvents(db, {
        ...wanted,
        customerId: isStaff(role) ? undefined : id,
        after: timePage(cursor),
        limit,
      });
      await noteSeen(deps, c, 'risk_events', rows.slice(0, limit));
      return c.json(
        page(
          rows.map((row) => ({ ...row, createdAt: row.occurredAt })),
          limit,
          present,
        ),
        200,
      );
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/risk-events/{id}/acknowledge',
      summary: 'Note that somebody has seen it',
      tag,
      roles: staff,
      looks: true,
      guard: existing((id) => findRiskEvent(db, id)),
      idempotency: 'optional',
      params: idParam,
      status: 200,
      answer: risk,
    }),
    async (c) => {
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        acknowledgeRiskEvent(context, c.req.valid('param').id),
      );
      await noteSeen(deps, c, 'risk_events', [row]);
      return c.json(present(row), 200);
    },
  );
  return app;
}
