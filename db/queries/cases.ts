import { and, desc, eq, lt, or, sql, type SQL } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { cases } from '../schema/index.ts';
import type { Position } from './payments.ts';
import { ticketsOfCases } from './ticket-cases.ts';

export type CaseRow = typeof cases.$inferSelect;

export interface CaseFilter {
  readonly id?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly paymentId?: string | undefined;
  readonly kind?: string | undefined;
  readonly status?: 'open' | 'closed' | undefined;
}

/** Newest first; `createdAt` is when the case was opened, `ticketIds` are of the tickets that go with it. */
export async function listCases(
  db: Queryable,
  { id, leaseId, paymentId, kind, status }: CaseFilter,
  page: { limit: number; before?: Position | undefined },
) {
  const rows = await db
    .select()
    .from(cases)
    .where(
      and(
        id === undefined ? undefined : eq(cases.id, id),
        leaseId === undefined ? undefined : eq(cases.leaseId, leaseId),
        paymentId === undefined ? undefined : eq(cases.paymentId, paymentId),
        kind === undefined ? undefined : eq(sql`${cases.kind}`, kind),
        status === undefined ? undefined : eq(cases.status, status),
        after(page.before),
      ),
    )
    .orderBy(desc(cases.openedAt), desc(cases.id))
    .limit(page.limit);
  const linked = await ticketsOfCases(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({ ...row, createdAt: row.openedAt, ticketIds: linked.get(row.id) ?? [] }));
}

function after(before: Position | undefined): SQL | undefined {
  if (before === undefined) return undefined;
  const { createdAt, id } = before;
  return or(lt(cases.openedAt, createdAt), and(eq(cases.openedAt, createdAt), lt(cases.id, id)));
}
