import { system } from '#domain/identity/roles';
import type { LocalDate } from '#domain/calendar';
import { marketRules, markets } from '#domain/markets';
import { transact } from '../../context.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
import type { Day } from './find-movements.ts';
import { missingDays, type Wall } from './missing-days.ts';
import { reconcileMarket, type MarketReport } from './reconcile-market.ts';
import { beginReport, finishReport, type ReportInput } from './report.ts';
import { settleAbsent, type AbsentCharge } from './settle-absent.ts';
import { settleFound } from './settle-found.ts';

type At = { readonly at: string };

export type ReconciliationActivities = ReturnType<typeof createReconciliationActivities>;

const wallsOf = ({ mobileMoney }: ReconciliationDependencies): Wall[] =>
  mobileMoney
    .all()
    .flatMap(({ name: provider }) =>
      markets
        .filter((market) => marketRules(market).providers.includes(provider))
        .map((market) => ({ provider, market })),
    );

/** Providers' statements against the books, on the `payments` task queue. All go by the wall's clock. */
export function createReconciliationActivities(deps: ReconciliationDependencies) {
  const inTransaction = <T>(at: string, work: Parameters<typeof transact<T>>[3]) =>
    transact(deps.db, system('reconciliation'), new Date(at), work);
  return {
    /** Every provider that is configured, in every market that it serves. Of runs from before `daysToReconcile`. */
    statementsToReconcile: (): Promise<Wall[]> => Promise.resolve(wallsOf(deps)),

    /** The days of each provider in each market that are over and have no good report, oldest first. */
    daysToReconcile: ({ scheduledAt }: { readonly scheduledAt: string }): Promise<(Wall & { dates: LocalDate[] })[]> =>
      Promise.all(
        wallsOf(deps).map(async (wall) => {
          const when = { scheduledAt: new Date(scheduledAt), now: new Date() };
          return { ...wall, dates: await missingDays(deps.db, wall, when) };
        }),
      ),

    beginReconciliation: ({ at, ...input }: ReportInput & At): Promise<'begun' | 'reported'> =>
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
