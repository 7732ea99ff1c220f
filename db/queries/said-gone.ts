import { and, eq, isNotNull, lt, ne, notExists, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { normalForm } from '../schema/columns.ts';
import { attempts, cases, lackingPayments } from '../schema/index.ts';

const detail = (name: string) => sql<string | null>`${cases.detail} ->> ${name}`;
const isTakenBack = and(eq(cases.kind, 'reconciliation_missing_here'), isNotNull(detail('originalReceipt')));
const isNowhere = and(ne(attempts.kind, 'refund'), eq(cases.kind, 'reconciliation_missing_there'));
const isLess = and(
  ne(attempts.kind, 'refund'),
  eq(cases.kind, 'reconciliation_differs'),
  lt(sql`(${detail('statementAmount')})::bigint`, sql`(${detail('ledgerAmount')})::bigint`),
);
/** A person has asked for the report before, and has closed the case that it opened. */
const isLookedAt = and(
  eq(cases.paymentId, attempts.id),
  eq(cases.kind, 'reconciliation_missing_there'),
  isNotNull(cases.closedBy),
);
const isAbout = or(
  eq(cases.paymentId, attempts.id),
  and(
    eq(detail('provider'), attempts.provider),
    eq(detail('currency'), attempts.currency),
    eq(detail('originalReceipt'), normalForm(attempts.providerReference)),
  ),
);

/**
 * What says that money which a lease has in its books is not with its provider: the kind of an open case, where it was taken
 * back, is on no statement, is less than is booked, or booked by another payment's receipt; `statement_incomplete` where the
 * statement of its day lacks it still and is asked for again. While there is one nothing goes out of that lease, no money and no
 * vehicle: somebody reverses the payment, closes the case, or the statement has its line. Null where there is none.
 */
export async function saidGone(db: Queryable, leaseId: string): Promise<string | null> {
  const isIts = and(eq(attempts.leaseId, leaseId), eq(attempts.status, 'succeeded'));
  const says = or(isTakenBack, isNowhere, isLess, eq(cases.kind, 'receipt_taken'));
  const [found] = await db
    .select({ kind: cases.kind })
    .from(cases)
    .innerJoin(attempts, and(isIts, isAbout))
    .where(and(eq(cases.status, 'open'), says))
    .limit(1);
  if (found !== undefined) return found.kind;
  const [lacking] = await db
    .select({ paymentId: lackingPayments.paymentId })
    .from(lackingPayments)
    .innerJoin(attempts, and(isIts, ne(attempts.kind, 'refund'), eq(attempts.id, lackingPayments.paymentId)))
    .where(notExists(db.select({ id: cases.id }).from(cases).where(isLookedAt)))
    .limit(1);
  return lacking === undefined ? null : 'statement_incomplete';
}

/**
 * Why the vehicle of a lease that is paid is not made over yet: the kind of the case that says so. Beside what `saidGone` finds it
 * is cash that nobody has seen but the agent who took it; what else goes out of the lease does not wait for that.
 */
export async function titleWaits(db: Queryable, leaseId: string): Promise<string | null> {
  const gone = await saidGone(db, leaseId);
  if (gone !== null) return gone;
  const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'cash_to_confirm'), eq(cases.status, 'open'));
  const [found] = await db.select({ kind: cases.kind }).from(cases).where(isOpen).limit(1);
  return found?.kind ?? null;
}
