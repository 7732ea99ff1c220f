import { and, desc, eq, or } from 'drizzle-orm';
import type { GuaranteeStatus } from '#domain/parties/guarantee';
import type { Queryable } from '../client.ts';
import { guarantees, leases } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type GuaranteeRow = typeof guarantees.$inferSelect;
export type GuaranteeStand = Awaited<ReturnType<typeof listGuarantees>>[number];

interface GuaranteeFilter {
  readonly id?: string | undefined;
  /** Those that a person is asked for or answers for, and of his own leases. */
  readonly of?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly status?: GuaranteeStatus | undefined;
}

/** Newest first, after the one that `before` names, with what of their leases they are shown with. */
export async function listGuarantees(db: Queryable, { id, of, leaseId, status }: GuaranteeFilter, page: Page) {
  const { totalPrice, reference, vehicleId, currency, agreementSignedAt } = leases;
  const rows = await db
    .select({ row: guarantees, lease: { totalPrice, reference, vehicleId, currency, agreementSignedAt } })
    .from(guarantees)
    .innerJoin(leases, eq(leases.id, guarantees.leaseId))
    .where(
      and(
        id === undefined ? undefined : eq(guarantees.id, id),
        of === undefined ? undefined : or(eq(guarantees.guarantorId, of), eq(guarantees.customerId, of)),
        leaseId === undefined ? undefined : eq(guarantees.leaseId, leaseId),
        status === undefined ? undefined : eq(guarantees.status, status),
        olderThan(page.before, guarantees.invitedAt, guarantees.id),
      ),
    )
    .orderBy(desc(guarantees.invitedAt), desc(guarantees.id))
    .limit(page.limit);
  return rows.map(({ row, lease }) => ({ ...row, createdAt: row.invitedAt, lease }));
}
