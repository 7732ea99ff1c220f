import { and, desc, eq, inArray, isNotNull, or } from 'drizzle-orm';
import type { TransferStatus } from '#domain/parties/transfer';
import type { Queryable } from '../client.ts';
import { leases, leaseTransfers } from '../schema/index.ts';
import type { LeaseRow } from './leases.ts';
import { olderThan, type Page } from './page.ts';

export type TransferRow = typeof leaseTransfers.$inferSelect;

export async function findTransfer(db: Queryable, id: string): Promise<TransferRow | undefined> {
  const [row] = await db.select().from(leaseTransfers).where(eq(leaseTransfers.id, id));
  return row;
}

/** The leases of these. */
export async function leasesOf(db: Queryable, rows: readonly TransferRow[]): Promise<LeaseRow[]> {
  const ids = [...new Set(rows.map(({ leaseId }) => leaseId))];
  return ids.length === 0 ? [] : db.select().from(leases).where(inArray(leases.id, ids));
}

interface TransferFilter {
  readonly id?: string | undefined;
  /** Those that a person has a part in: he had the lease, was asked, or has accepted. */
  readonly of?: { readonly userId: string; readonly phoneHash: string | null } | undefined;
  readonly leaseId?: string | undefined;
  readonly status?: TransferStatus | undefined;
}

/** Newest first, after the one that `before` names. */
export function listLeaseTransfers(
  db: Queryable,
  { id: one, of, leaseId, status }: TransferFilter,
  page: Page,
): Promise<TransferRow[]> {
  const { createdAt, id } = leaseTransfers;
  return db
    .select()
    .from(leaseTransfers)
    .where(
      and(
        one === undefined ? undefined : eq(id, one),
        of === undefined ? undefined : hasPart(of),
        leaseId === undefined ? undefined : eq(leaseTransfers.leaseId, leaseId),
        status === undefined ? undefined : eq(leaseTransfers.status, status),
        olderThan(page.before, createdAt, id),
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit);
}

/** Nobody is asked before its customer agrees. */
const isAgreed = or(isNotNull(leaseTransfers.agreedAt), leaseTransfers.isEstate);

const hasPart = ({ userId, phoneHash }: { readonly userId: string; readonly phoneHash: string | null }) =>
  or(
    eq(leaseTransfers.fromCustomerId, userId),
    eq(leaseTransfers.toCustomerId, userId),
    phoneHash === null ? undefined : and(eq(leaseTransfers.phoneHash, phoneHash), isAgreed),
  );
