import { z } from '@hono/zod-openapi';
import { WorkflowIdConflictPolicy } from '@temporalio/client';
import { uuidv7 } from 'uuidv7';
import {
  listReconciliations,
  presentReconciliation,
  type ReconciliationFilter,
  type ReconciliationRow,
} from '#db/queries/reconciliations';
import { localDate, localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { markets, marketRules, paymentProviders, type Market, type PaymentProvider } from '#domain/markets';
import { workflowQueue } from '#domain/task-queues';
import { inTime } from '#platform/in-time';
import { reconciliationWorkflowId, type ReconciliationInput } from '#workflows/reconciliation/messages';
import { page, timePage } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { adminOnly, defineRoute, router, staff } from '../route.ts';
import { balance, idParam, instant, instantOrNull, listOf, localDay, market, pageQuery, uuid } from '../schemas.ts';

const tag = 'payments';
const provider = z.enum(paymentProviders);
const status = z.enum(['running', 'balanced', 'differences', 'failed']);

const difference = z.object({
  kind: z.enum(['missing_here', 'missing_there', 'differs']),
  market,
  receipt: z.string().nullable(),
  paymentId: z.uuid().nullable(),
  leaseId: z.uuid().nullable(),
  statementAmount: balance.nullable(),
  ledgerAmount: balance.nullable(),
  paidAt: instant.optional().openapi({ description: 'As the statement says, of what is missing in the books' }),
  caseId: z.uuid().nullable(),
  remedy: z.enum(['found', 'taken_in']).nullable().openapi({
    description: 'How the statement itself remedied it: a payment of ours that it proves, or one nobody announced',
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
    totals: z.array(z.object({ market, matched: z.int(), statement: balance, ledger: balance })),
    failure: z.string().nullable(),
    requestedBy: z.uuid().nullable(),
    startedAt: instant,
    finishedAt: instantOrNull,
  })
  .openapi('Reconciliation');

/** Milliseconds that a request waits for its report, so that a read right after shows it. */
const PATIENCE_MS = 9_000;

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
      const row = await newest(deps, c.req.valid('param'));
      if (row === undefined) throw new Problem('not_found');
      return c.json(presentReconciliation(row), 200);
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

interface Wish {
  readonly provider: PaymentProvider;
  readonly date: string;
  readonly market?: Market | undefined;
}

/** Starts a reconciliation, or joins the one of that day that is under way, and waits a while for its report. */
async function reconcile(deps: ApiDependencies, requestedBy: string, wish: Wish): Promise<ReconciliationRow> {
  const day = dayOf(deps, wish);
  const prefix = deps.config.TASK_QUEUE_PREFIX;
  const input: ReconciliationInput = { reconciliationId: uuidv7(), ...day, requestedBy };
  const handle = await deps.temporal.workflow.start('reconciliation', {
    workflowId: reconciliationWorkflowId(prefix, day),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: workflowQueue(prefix),
    args: [input],
    staticSummary: `${day.provider}, ${day.market ?? 'all markets'}, ${day.date}`,
  });
  // One that takes longer, or failed, is read from its report.
  await inTime(handle.result(), PATIENCE_MS).catch(() => {});
  const row = await newest(deps, day);
  if (row === undefined) throw new Problem('unavailable', 'The reconciliation has not begun; look again later');
  return row;
}

/** @throws Problem unprocessable, or invalid_input for a day that has not begun anywhere. */
function dayOf(deps: ApiDependencies, { provider: name, date, market: wanted }: Wish) {
  if (deps.mobileMoney.all().every((one) => one.name !== name))
    throw new Problem('unprocessable', 'The provider is not configured', [
      { path: 'provider', message: 'is not configured here' },
    ]);
  const served = markets.filter((one) => marketRules(one).providers.includes(name));
  if (wanted !== undefined && !served.includes(wanted))
    throw new Problem('unprocessable', 'The provider does not serve this market', [
      { path: 'market', message: `must be ${served.join(' or ')} for ${name}` },
    ]);
  const [only, ...others] = wanted === undefined ? served : [wanted];
  const walls = wanted === undefined ? served : [wanted];
  if (walls.every((one) => date > localDateAt(Date.now(), one)))
    throw new Problem('invalid_input', 'The input is wrong; errors names each field', [
      { path: 'date', message: 'must not be in the future' },
    ]);
  return { provider: name, market: others.length === 0 ? (only ?? null) : null, date: localDate(date) };
}

async function newest(deps: ApiDependencies, filter: ReconciliationFilter): Promise<ReconciliationRow | undefined> {
  const [row] = await listReconciliations(deps.db, filter, { limit: 1 });
  return row;
}
