import { and, desc, eq, gt, isNull, ne, sql } from 'drizzle-orm';
import type { DemandKind } from '#domain/leases/demand';
import type { Queryable } from '../client.ts';
import { attempts, demands } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

/** What is said of a demand: all but its file. */
const facts = {
  id: demands.id,
  leaseId: demands.leaseId,
  customerId: demands.customerId,
  kind: demands.kind,
  currency: demands.currency,
  amount: demands.amount,
  demandedOn: demands.demandedOn,
  until: demands.until,
  language: demands.language,
  code: demands.code,
  sha256: demands.sha256,
  signature: demands.signature,
  createdAt: demands.createdAt,
};

export type DemandRow = Omit<typeof demands.$inferSelect, 'pdfEncrypted' | 'keyId' | 'costs' | 'overaskedAt'>;

export async function findDemand(db: Queryable, id: string): Promise<DemandRow | undefined> {
  const [row] = await db.select(facts).from(demands).where(eq(demands.id, id));
  return row;
}

/** By what it is verified by. */
export async function findIssuedDemand(db: Queryable, code: string): Promise<DemandRow | undefined> {
  const [row] = await db.select(facts).from(demands).where(eq(demands.code, code));
  return row;
}

/**
 * The first one of a kind that was made of the customer of a lease after a day and still stands: its days run, however often
 * something is demanded again. It stands until as much as it asked for was paid since; what was taken back is not paid. One that
 * asked for costs which were taken back since stands no longer.
 */
export async function demandThatRuns(
  db: Queryable,
  {
    leaseId,
    customerId,
    kind,
    after,
  }: Pick<DemandRow, 'leaseId' | 'customerId' | 'kind'> & { readonly after?: string | null },
): Promise<DemandRow | undefined> {
  const isIts = and(eq(demands.leaseId, leaseId), eq(demands.customerId, customerId), eq(demands.kind, kind));
  const isLater = after == null ? undefined : gt(demands.demandedOn, sql`${after}`);
  const paidSince = db
    .select({
      sum: sql`coalesce(sum(coalesce(${attempts.settledAmount}, ${attempts.amount}) - ${attempts.takenBack}), 0)`,
    })
    .from(attempts)
    .where(
      and(
        and(eq(attempts.leaseId, demands.leaseId), ne(attempts.kind, 'refund'), eq(attempts.status, 'succeeded')),
        gt(attempts.settledAt, demands.createdAt),
      ),
    );
  const [row] = await db
    .select(facts)
    .from(demands)
    .where(and(isIts, isLater, isNull(demands.overaskedAt), gt(demands.amount, sql`(${paidSince})`)))
    .orderBy(demands.demandedOn)
    .limit(1);
  return row;
}

interface DemandFilter {
  readonly customerId?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly kind?: DemandKind | undefined;
}

/** The newest first. */
export function listDemands(
  db: Queryable,
  { customerId, leaseId, kind }: DemandFilter,
  { limit, before }: Page,
): Promise<DemandRow[]> {
  return db
    .select(facts)
    .from(demands)
    .where(
      and(
        customerId === undefined ? undefined : eq(demands.customerId, customerId),
        leaseId === undefined ? undefined : eq(demands.leaseId, leaseId),
        kind === undefined ? undefined : eq(demands.kind, kind),
        olderThan(before, demands.createdAt, demands.id),
      ),
    )
    .orderBy(desc(demands.createdAt), desc(demands.id))
    .limit(limit);
}
