import { and, desc, eq, isNull, type SQL } from 'drizzle-orm';
import type { Market, PaymentProvider } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { reconciliations } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type ReconciliationRow = typeof reconciliations.$inferSelect;

interface ReconciliationFilter {
  readonly id?: string | undefined;
  readonly provider?: PaymentProvider | undefined;
  /** Null: reports over all markets. */
  readonly market?: Market | null | undefined;
  readonly date?: string | undefined;
  readonly status?: ReconciliationRow['status'] | undefined;
}

/** Newest first; `createdAt` is when the report was begun. */
export async function listReconciliations(
  db: Queryable,
  { id, provider, market, date, status }: ReconciliationFilter,
  page: Page,
) {
  const rows = await db
    .select()
    .from(reconciliations)
    .where(
      and(
        id === undefined ? undefined : eq(reconciliations.id, id),
        provider === undefined ? undefined : eq(reconciliations.provider, provider),
        inMarket(market),
        date === undefined ? undefined : eq(reconciliations.date, date),
        status === undefined ? undefined : eq(reconciliations.status, status),
        olderThan(page.before, reconciliations.startedAt, reconciliations.id),
      ),
    )
    .orderBy(desc(reconciliations.startedAt), desc(reconciliations.id))
    .limit(page.limit);
  return rows.map((row) => ({ ...row, createdAt: row.startedAt }));
}

function inMarket(market: Market | null | undefined): SQL | undefined {
  if (market === undefined) return undefined;
  return market === null ? isNull(reconciliations.market) : eq(reconciliations.market, market);
}
