import { z } from '@hono/zod-openapi';
import { creditProfile } from '#use-cases/credit/credit-profile';
import { findAssessment, listAssessments, type AssessmentRow } from '#db/queries/credit';
import { creditStatuses, creditTiers } from '#domain/credit/assessment';
import { isStaff } from '#domain/identity/roles';
import { commands } from '#domain/leases/commands';
import { page, timePage } from '../cursor.ts';
import { decideAssessment } from '#use-cases/credit/decide-assessment';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, instant, instantOrNull, listOf, pageQuery, text, uuid } from '../schemas.ts';
import { found, owned } from '../guards.ts';

const tag = 'credit';
const reasons = z.array(z.object({ code: z.string(), points: z.int(), text: z.string() }));
const conditions = z.strictObject({
  depositPercent: z.int().min(0).max(90).optional(),
  guarantor: z.boolean().optional(),
  instalments: z.int().min(1).max(1_500).optional(),
});
const assessment = z
  .object({
    id: uuid,
    leaseId: uuid,
    customerId: uuid,
    status: z.enum(creditStatuses),
    score: z.int().openapi({ description: '300 to 850' }),
    tier: z.enum(creditTiers),
    reasons,
    conditions: conditions.nullable(),
    scorecardVersion: z.string(),
    decisionReason: z.string().nullable(),
    decidedAt: instantOrNull,
    createdAt: instant,
    decidedBy: uuid.nullable().optional().openapi({ description: 'For staff only' }),
  })
  .openapi('CreditAssessment');
const profile = z.object({ score: z.int(), tier: z.enum(creditTiers), reasons, assessedAt: instantOrNull });

function present(row: AssessmentRow, forStaff: boolean): z.infer<typeof assessment> {
  const { facts: _facts, decidedBy, ...shown } = row;
  return forStaff ? { ...shown, decidedBy } : shown;
}

/** Credit assessments, agents' decisions on them, and a customer's own credit. */
export function creditRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const own = owned(async (id) => (await findAssessment(db, id))?.customerId);

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/me/credit',
      summary: 'My score, tier and why; a preview while I have not applied',
      tag,
      roles: ['customer'],
      status: 200,
      answer: profile,
    }),
    async (c) => {
      const {
        score,
        tier,
        reasons: why,
        assessedAt,
      } = await creditProfile(db, { customerId: callerOf(c).id, at: new Date() });
      return c.json({ score, tier, reasons: [...why], assessedAt }, 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/credit/assessments',
      summary: "Assessments, newest first: a customer's own, for staff everybody's",
      tag,
      roles: everybody,
      query: z.strictObject({
        ...pageQuery,
        leaseId: uuid.optional(),
        customerId: uuid.optional(),
        status: z.enum(creditStatuses).optional(),
      }),
      status: 200,
      answer: listOf(assessment),
    }),
    async (c) => {
      const { id, role } = callerOf(c);
      const { limit, cursor, leaseId, customerId, status } = c.req.valid('query');
      const filter = { leaseId, status, customerId: isStaff(role) ? customerId : id };
      const rows = await listAssessments(db, { ...filter, limit, cursor: timePage(cursor)?.id });
      return c.json(
        page(rows, limit, (row) => present(row, isStaff(role))),
        200,
      );
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/credit/assessments/{id}',
      summary: 'One assessment',
      tag,
      roles: everybody,
      guard: own,
      params: idParam,
      status: 200,
      answer: assessment,
    }),
    async (c) => {
      const row = found(await findAssessment(db, c.req.valid('param').id));
      return c.json(present(row, isStaff(callerOf(c).role)), 200);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/credit/assessments/{id}/decision',
      summary: 'Decide a referred assessment; the lease goes on',
      tag,
      roles: commands.decideCredit.by,
      guard: own,
      idempotency: 'optional',
      goesOn: true,
      params: idParam,
      body: z.strictObject({
        decision: z.enum(['approved', 'declined']),
        conditions: conditions.optional(),
        reason: text(),
      }),
      status: 200,
      answer: assessment,
    }),
    async (c) => {
      const { conditions: asked, ...decision } = c.req.valid('json');
      const order = {
        assessmentId: c.req.valid('param').id,
        ...decision,
        ...(asked === undefined ? {} : { conditions: asked }),
        actor: callerOf(c).actor,
      };
      return c.json(present(await decideAssessment(deps, order, c.get('idempotencyKey')), true), 200);
    },
  );
  return app;
}
