import { and, desc, eq, isNull, lt, or, type SQL } from 'drizzle-orm';
import type { Market, PaymentProvider } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { reconciliations } from '../schema/index.ts';
import type { Position } from './payments.ts';

export type ReconciliationRow = typeof reconciliations.$inferSelect;

export interface ReconciliationFilter {
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
  page: { limit: number; before?: Position | undefined },
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
        after(page.before),
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

function after(before: Position | undefined): SQL | undefined {
  if (before === undefined) return undefined;
  const { startedAt, id } = reconciliations;
  return or(lt(startedAt, before.createdAt), and(eq(startedAt, before.createdAt), lt(id, before.id)));
}
