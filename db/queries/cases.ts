import { and, desc, eq, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { cases } from '../schema/index.ts';
import { ticketsOfCases } from './ticket-cases.ts';
import { olderThan, type Page } from './page.ts';

export type CaseRow = typeof cases.$inferSelect;

/** Of a case: whether somebody whom it is about was erased, so that what people type of it is not kept. In statements on cases alone. */
export const isOfErased = sql<boolean>`exists (
  select from identity.users u where u.erased_at is not null and (
    u.id::text = payments.cases.detail ->> 'userId' or u.id in (
      select l.customer_id from leases.leases l where l.id in (
        payments.cases.lease_id,
        (select a.lease_id from payments.attempts a where a.id = payments.cases.payment_id),
        (select i.lease_id from payments.inbound i where i.id = payments.cases.payment_id)))))`;

interface CaseFilter {
  readonly id?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly paymentId?: string | undefined;
  readonly kind?: string | undefined;
  readonly status?: 'open' | 'closed' | undefined;
}

/** Newest first; `createdAt` is when the case was opened, `ticketIds` are of the tickets that go with it. */
export async function listCases(db: Queryable, { id, leaseId, paymentId, kind, status }: CaseFilter, page: Page) {
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
        olderThan(page.before, cases.openedAt, cases.id),
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

/** Whether somebody who had a lease before owes what was taken back of him since. */
export async function hasOpenClaim(db: Queryable, leaseId: string): Promise<boolean> {
  const isIts = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'former_chargeback'), eq(cases.status, 'open'));
  return (await db.$count(cases, isIts)) > 0;
}
