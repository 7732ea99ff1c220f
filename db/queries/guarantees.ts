import { and, count, desc, eq, inArray, or, sql } from 'drizzle-orm';
import type { GuaranteeStatus } from '#domain/parties/guarantee';
import type { Queryable } from '../client.ts';
import { attempts, guarantees, inbound, leases, users } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type GuaranteeRow = typeof guarantees.$inferSelect;

/** How many have consented to answer for each of these leases, and do still. */
export async function guarantorsOf(db: Queryable, leaseIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (leaseIds.length === 0) return new Map();
  const { leaseId, status } = guarantees;
  const rows = await db
    .select({ leaseId, answer: count() })
    .from(guarantees)
    .where(and(inArray(leaseId, [...leaseIds]), eq(status, 'consented')))
    .groupBy(leaseId);
  return new Map(rows.map(({ leaseId: id, answer }) => [id, answer]));
}
export type GuaranteeStand = Awaited<ReturnType<typeof listGuarantees>>[number];

export async function findGuarantee(db: Queryable, id: string): Promise<GuaranteeRow | undefined> {
  const [row] = await db.select().from(guarantees).where(eq(guarantees.id, id));
  return row;
}

interface GuaranteeFilter {
  readonly id?: string | undefined;
  /** Those that a person is asked for or answers for, and of his own leases. */
  readonly of?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly status?: GuaranteeStatus | undefined;
}

/** Newest first, after the one that `before` names, with what of their leases they are shown with, and for whom they are. */
export async function listGuarantees(db: Queryable, { id, of, leaseId, status }: GuaranteeFilter, page: Page) {
  const { totalPrice, reference, vehicleId, currency, agreementSignedAt } = leases;
  const rows = await db
    .select({
      row: guarantees,
      lease: { totalPrice, reference, vehicleId, currency, agreementSignedAt },
      customerName: users.name,
    })
    .from(guarantees)
    .innerJoin(leases, eq(leases.id, guarantees.leaseId))
    .innerJoin(users, eq(users.id, guarantees.customerId))
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
  const paid = await paidByGuarantors(
    db,
    rows.map(({ row }) => row.id),
  );
  return rows.map(({ row, ...rest }) => ({ ...row, ...rest, createdAt: row.invitedAt, paid: paid.get(row.id) ?? 0 }));
}

/** What those who answer for leases have paid of them since they consented, from the phone that they have or were asked by. Minor units. */
export async function paidByGuarantors(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const paid =
    sql<number>`sum(coalesce(${attempts.settledAmount}, ${attempts.amount}) - ${attempts.takenBack})`.mapWith(Number);
  const rows = await db
    .select({ id: guarantees.id, paid })
    .from(guarantees)
    .innerJoin(users, eq(users.id, guarantees.guarantorId))
    .innerJoin(attempts, eq(attempts.leaseId, guarantees.leaseId))
    .innerJoin(inbound, eq(inbound.paymentId, attempts.id))
    .where(
      and(
        inArray(guarantees.id, [...ids]),
        eq(attempts.kind, 'inbound'),
        eq(attempts.status, 'succeeded'),
        sql`${attempts.requestedAt} >= ${guarantees.consentedAt}`,
        sql`${inbound.payerHash} in (${guarantees.phoneHash}, ${users.phoneHash})`,
      ),
    )
    .groupBy(guarantees.id);
  return new Map(rows.map((row) => [row.id, row.paid]));
}
