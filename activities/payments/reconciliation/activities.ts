import { system } from '#domain/identity/roles';
import { marketRules, markets, type Market, type PaymentProvider } from '#domain/markets';
import { transact } from '../../context.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
import type { Day } from './find-movements.ts';
import { reconcileMarket, type MarketReport } from './reconcile-market.ts';
import { beginReport, finishReport, type ReportInput } from './report.ts';
import { settleAbsent, type AbsentCharge } from './settle-absent.ts';
import { settleFound } from './settle-found.ts';

type At = { readonly at: string };

export type ReconciliationActivities = ReturnType<typeof createReconciliationActivities>;

/** Providers' statements against the books, on the `payments` task queue. All go by the wall's clock. */
export function createReconciliationActivities(deps: ReconciliationDependencies) {
  const inTransaction = <T>(at: string, work: Parameters<typeof transact<T>>[3]) =>
    transact(deps.db, system('reconciliation'), new Date(at), work);
  return {
    /** Every provider that is configured, in every market that it serves. */
    statementsToReconcile: (): Promise<{ provider: PaymentProvider; market: Market }[]> =>
      Promise.resolve(
        deps.mobileMoney
          .all()
          .flatMap(({ name }) =>
            markets
              .filter((market) => marketRules(market).providers.includes(name))
              .map((market) => ({ provider: name, market })),
          ),
      ),

    beginReconciliation: ({ at, ...input }: ReportInput & At): Promise<void> =>
      inTransaction(at, (context) => beginReport(context, input)),

    /** A statement that is waited for meanwhile is compared with the books of the moment. */
    reconcileMarket: (input: Day & { readonly reconciliationId: string }): Promise<MarketReport> =>
      reconcileMarket(deps, { ...input, at: new Date() }),

    settleFound: (input: { readonly reconciliationId: string }): Promise<void> =>
      settleFound(deps, { ...input, at: new Date() }),

    settleAbsent: (
      input: Pick<Day, 'provider' | 'date'> & { readonly absent: readonly AbsentCharge[] },
    ): Promise<void> => settleAbsent(deps, input),

    finishReconciliation: ({
      at,
      ...input
    }: { readonly reconciliationId: string; readonly failure?: string } & At): Promise<string> =>
      inTransaction(at, (context) => finishReport(context, input)),
  };
}
