import { activityInfo } from '@temporalio/activity';
import { system } from '#domain/identity/roles';
import type { ReconciliationActivities } from '#domain/payments/wire';
import { transact, type Context } from '#use-cases/context';
import type { ReconciliationDependencies } from '#use-cases/payments/reconciliation/dependencies';
import { tellOfLacking } from '#use-cases/payments/reconciliation/incomplete-statement';
import { daysToReconcile, wallsOf } from '#use-cases/payments/reconciliation/missing-days';
import { reconcileMarket } from '#use-cases/payments/reconciliation/reconcile-market';
import { beginReport, finishReport } from '#use-cases/payments/reconciliation/report';
import { failAbsent } from '#use-cases/payments/reconciliation/fail-absent';
import { confirmFound } from '#use-cases/payments/reconciliation/confirm-found';

/** The `payments` task queue's side of `ReconciliationActivities`. */
export function createReconciliationActivities(deps: ReconciliationDependencies): ReconciliationActivities {
  const step = <T>(at: string, work: (context: Context) => Promise<T>) =>
    transact(deps.db, system('reconciliation'), new Date(at), work);
  return {
    statementsToReconcile: () => Promise.resolve(wallsOf(deps)),
    daysToReconcile: async ({ scheduledAt }) => {
      const now = new Date();
      await tellOfLacking(deps, now);
      return daysToReconcile(deps, { scheduledAt: new Date(scheduledAt), now });
    },
    beginReconciliation: ({ at, ...input }) => step(at, (context) => beginReport(context, input)),
    reconcileMarket: (input) => reconcileMarket(deps, { ...input, at: new Date(), attempt: activityInfo().attempt }),
    // Named as histories have it: they confirm what was found, and fail what is absent.
    settleFound: (input) => confirmFound(deps, { ...input, at: new Date(), attempt: activityInfo().attempt }),
    settleAbsent: (input) => failAbsent(deps, { ...input, attempt: activityInfo().attempt }),
    finishReconciliation: ({ at, ...input }) => step(at, (context) => finishReport(context, input)),
  };
}
