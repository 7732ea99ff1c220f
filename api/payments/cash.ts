import { z } from '@hono/zod-openapi';
import { transact } from '#use-cases/context';
import { loseCash } from '#use-cases/payments/cash/lose-cash';
import { decideRemittance, declareRemittance } from '#use-cases/payments/cash/remittances';
import { floatLimit } from '#use-cases/payments/cash/check-float';
import {
  declaredOf,
  findRemittance,
  findStaff,
  floatOf,
  listRemittances,
  type RemittanceRow,
} from '#db/queries/remittances';
import { commands } from '#domain/leases/commands';
import { currencies, money as moneyValue } from '#domain/money';
import { owned, requiredKey, existing } from '../guards.ts';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { takeCash } from '#use-cases/payments/cash/take-cash';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router, staff } from '../route.ts';
import { uuidFor } from '#steering/uuid-for';
import {
  balance,
  cashReceipt,
  idParam,
  instant,
  instantOrNull,
  listOf,
  localDay,
  money,
  pageQuery,
  text,
  uuid,
} from '../schemas.ts';
import { payment, presentPayment } from './view.ts';

function presentRemittance(row: RemittanceRow) {
  const { id, agentId, amount, currency, status, reference, declaredAt, declaredBy, decidedAt, reason } = row;
  return {
    id,
    agentId,
    amount: moneyValue(amount, currency),
    status,
    reference,
    declaredAt,
    declaredBy,
    decidedAt,
    reason,
  };
}

const tag = 'payments';
const remittance = z
  .object({
    id: uuid,
    agentId: uuid,
    amount: balance,
    status: z.enum(['declared', 'confirmed', 'rejected']),
    reference: z.string().nullable(),
    declaredAt: instant,
    declaredBy: uuid,
    decidedAt: instantOrNull,
    reason: z.string().nullable(),
  })
  .openapi('Remittance');
const cash = z.strictObject({
  leaseId: uuid,
  amount: money,
  receiptNumber: cashReceipt,
  paidOn: localDay.optional().openapi({
    description:
      'When it was taken, if not today: at most 31 days ago. Before the last business day somebody else has to confirm it',
  }),
});
const float = z
  .object({ agentId: uuid, balances: z.array(z.object({ balance, declared: balance, limit: balance })) })
  .openapi('Float');

/** Cash: taken by an agent within a ceiling, and handed over to the company in two steps. */
export function cashRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/payments/cash',
      summary: 'Cash that an agent has taken; a receipt number is good once',
      tag,
      roles: commands.receiveMoney.by,
      idempotency: 'required',
      body: cash,
      status: 201,
      orElse: 200,
      answer: payment,
    }),
    async (c) => {
      const { actor, id: agentId } = callerOf(c);
      const paymentId = uuidFor('cash', agentId, requiredKey(c));
      const taken = await takeCash(deps, actor, { paymentId, ...c.req.valid('json') });
      // Said again, even at the same moment: the first answer, and nothing is created.
      return c.json(presentPayment(taken), taken.id === paymentId ? 201 : 200);
    },
  );

  /** An agent's own cash, or anybody's for an admin; 404 for what is no member of staff. */
  const ownFloat = owned(
    async (id) => (await findStaff(db, id))?.id,
    (role) => role === 'admin',
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/agents/{id}/float',
      summary: 'The cash that an agent holds, what of it is on its way, and the most he may hold',
      tag,
      roles: staff,
      guard: ownFloat,
      params: idParam,
      status: 200,
      answer: float,
    }),
    async (c) => c.json(await floatOfAgent(deps, c.req.valid('param').id), 200),
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/agents/{id}/remittances',
      summary: 'Cash is on its way to the company: the first of two steps',
      tag,
      roles: staff,
      guard: ownFloat,
      params: idParam,
      idempotency: 'required',
      body: z.strictObject({ amount: money, reference: text(64).optional() }),
      status: 201,
      answer: remittance,
    }),
    async (c) => {
      const { id: agentId } = c.req.valid('param');
      const { amount, reference = null } = c.req.valid('json');
      const { actor } = callerOf(c);
      const id = uuidFor('remittance', actor.id, agentId, requiredKey(c));
      const row = await transact(db, actor, new Date(), (context) =>
        declareRemittance(context, { id, agentId, amount, reference }),
      );
      return c.json(presentRemittance(row), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/agents/{id}/remittances',
      summary: 'What an agent has handed over, newest first',
      tag,
      roles: staff,
      guard: ownFloat,
      params: idParam,
      query: z.object(pageQuery),
      status: 200,
      answer: listOf(remittance),
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const rows = await listRemittances(db, c.req.valid('param').id, {
        limit: limit + 1,
        before: timePage(cursor),
      });
      return c.json(page(rows, limit, presentRemittance), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/agents/{id}/losses',
      summary: 'Cash of an agent is gone: lost, stolen, or short when it was counted',
      tag,
      roles: adminOnly,
      guard: ownFloat,
      params: idParam,
      idempotency: 'required',
      body: z.strictObject({ amount: money, reason: text() }),
      status: 200,
      answer: float,
    }),
    async (c) => {
      const { id: agentId } = c.req.valid('param');
      const { actor } = callerOf(c);
      const lossId = uuidFor('cash-lost', agentId, actor.id, requiredKey(c));
      await transact(db, actor, new Date(), (context) =>
        loseCash(context, { lossId, agentId, ...c.req.valid('json') }),
      );
      return c.json(await floatOfAgent(deps, agentId), 200);
    },
  );
  decisions(deps, app);
  return app;
}

async function floatOfAgent({ db, config }: ApiDependencies, agentId: string) {
  const balances = await Promise.all(
    currencies.map(async (currency) => ({
      balance: moneyValue(await floatOf(db, agentId, currency), currency),
      declared: moneyValue(await declaredOf(db, agentId, currency), currency),
      limit: moneyValue(floatLimit(config, currency), currency),
    })),
  );
  return { agentId, balances };
}

function decisions(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const params = z.object({ id: uuid, remittanceId: uuid });
  const guard = existing(async (id, c) => {
    const named = uuid.safeParse(c.req.param('remittanceId'));
    return named.success ? findRemittance(deps.db, id, named.data) : undefined;
  });
  const common = {
    method: 'post',
    tag,
    roles: adminOnly,
    guard,
    params,
    idempotency: 'required',
    status: 200,
  } as const;
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/agents/{id}/remittances/{remittanceId}/confirm',
      summary: 'The cash is here: it leaves the agent’s float',
      body: z.strictObject({}),
      answer: remittance,
    }),
    async (c) => {
      const { id: agentId, remittanceId } = c.req.valid('param');
      const row = await transact(deps.db, callerOf(c).actor, new Date(), (context) =>
        decideRemittance(context, { agentId, remittanceId, decision: 'confirmed' }),
      );
      return c.json(presentRemittance(row), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      ...common,
      path: '/agents/{id}/remittances/{remittanceId}/reject',
      summary: 'The cash did not come: it stays in the agent’s float',
      body: z.strictObject({ reason: text().optional() }),
      answer: remittance,
    }),
    async (c) => {
      const { id: agentId, remittanceId } = c.req.valid('param');
      const { reason } = c.req.valid('json');
      const row = await transact(deps.db, callerOf(c).actor, new Date(), (context) =>
        decideRemittance(context, { agentId, remittanceId, decision: 'rejected', reason }),
      );
      return c.json(presentRemittance(row), 200);
    },
  );
}
