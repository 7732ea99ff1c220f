import { z } from '@hono/zod-openapi';
import { listReconciliations, type ReconciliationRow } from '#db/queries/reconciliations';
import { paymentProviders } from '#domain/markets';
import { reconcile } from '#use-cases/payments/reconciliation/reconcile';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router, staff } from '../route.ts';
import { balance, idParam, instant, instantOrNull, listOf, localDay, market, pageQuery, uuid } from '../schemas.ts';
import { money } from '#domain/money';

function presentReconciliation(row: ReconciliationRow) {
  const { id, provider, market, date, status, matched, failure, requestedBy, startedAt, finishedAt } = row;
  return {
    id,
    provider,
    market,
    date,
    status,
    matched,
    differences: row.differences.map(({ currency, statementAmount, ledgerAmount, ...difference }) => ({
      ...difference,
      statementAmount: statementAmount === null ? null : money(statementAmount, currency),
      ledgerAmount: ledgerAmount === null ? null : money(ledgerAmount, currency),
    })),
    totals: row.totals.map(({ currency, statement, ledger, ...total }) => ({
      ...total,
      statement: money(statement, currency),
      ledger: money(ledger, currency),
    })),
    failure,
    requestedBy,
    startedAt,
    finishedAt,
  };
}

const tag = 'payments';
const provider = z.enum(paymentProviders);
const status = z.enum(['running', 'balanced', 'differences', 'failed']);

const difference = z.object({
  kind: z.enum(['missing_here', 'missing_there', 'differs']),
  market,
  receipt: z.string().nullable(),
  originalReceipt: z.string().nullish().openapi({ description: 'Of money that went back: with which it came' }),
  paymentId: z.uuid().nullable(),
  leaseId: z.uuid().nullable(),
  statementAmount: balance.nullable(),
  ledgerAmount: balance.nullable(),
  paidAt: instant.optional().openapi({ description: 'As the statement says, of what is missing in the books' }),
  caseId: z.uuid().nullable(),
  remedy: z.enum(['found', 'taken_in', 'taken_back']).nullable().openapi({
    description:
      'How the statement itself remedied it: a payment of ours that it proves, one nobody announced, or one that the provider took back out of suspense',
  }),
});
const report = z
  .object({
    id: uuid,
    provider,
    market: market.nullable().openapi({ description: 'null: all markets of the provider' }),
    date: localDay.openapi({ description: "On the wall of the provider's market" }),
    status,
    matched: z.int(),
    differences: z.array(difference),
    totals: z.array(
      z.object({
        market,
        matched: z.int(),
        statement: balance,
        ledger: balance,
        until: instant.optional().openapi({
          description: 'When the last line was made that the books have: the statement vouches for what lies before it',
        }),
        waiting: z.int().optional().openapi({
          description:
            'Unknown charges that the statement does not list, and that it does not decide: it ends before them, or has not all, and is read again',
        }),
        unread: z.int().optional().openapi({
          description:
            'Lines of the statement that nobody can read, of a kind that is not known, or of no sum: the case `statement_unread`',
        }),
      }),
    ),
    failure: z.string().nullable(),
    requestedBy: z.uuid().nullable(),
    startedAt: instant,
    finishedAt: instantOrNull,
  })
  .openapi('Reconciliation');

/** The providers' statements against the books. */
export function reconciliationRoutes(deps: ApiDependencies) {
  const app = router();

  const query = { provider: provider.optional(), market: market.optional(), date: localDay.optional() };
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/reconciliations',
      summary: "Reports of the providers' days, newest first",
      tag,
      roles: staff,
      query: z.object({ ...pageQuery, ...query, status: status.optional() }),
      status: 200,
      answer: listOf(report),
    }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const rows = await listReconciliations(deps.db, filter, { limit: limit + 1, before: timePage(cursor) });
      return c.json(page(rows, limit, presentReconciliation), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/reconciliations/{id}',
      summary: 'One report',
      tag,
      roles: staff,
      params: idParam,
      status: 200,
      answer: report,
    }),
    async (c) => {
      const [row] = await listReconciliations(deps.db, c.req.valid('param'), { limit: 1 });
      return c.json(presentReconciliation(found(row)), 200);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/reconciliations',
      summary: "Compare a provider's day with the books; without a market, all of the provider's",
      tag,
      roles: adminOnly,
      idempotency: 'optional',
      body: z.strictObject({ provider, date: localDay, market: market.optional() }),
      status: 202,
      answer: report,
    }),
    async (c) => c.json(presentReconciliation(await reconcile(deps, callerOf(c).id, c.req.valid('json'))), 202),
  );
  return app;
}
