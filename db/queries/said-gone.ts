import { and, eq, isNotNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { normalForm } from '../schema/columns.ts';
import { attempts, cases } from '../schema/index.ts';

const detail = (name: string) => sql<string | null>`${cases.detail} ->> ${name}`;
const isTakenBack = and(eq(cases.kind, 'reconciliation_missing_here'), isNotNull(detail('originalReceipt')));
const isNowhere = and(ne(attempts.kind, 'refund'), eq(cases.kind, 'reconciliation_missing_there'));
const isLess = and(
  ne(attempts.kind, 'refund'),
  eq(cases.kind, 'reconciliation_differs'),
  lt(sql`(${detail('statementAmount')})::bigint`, sql`(${detail('ledgerAmount')})::bigint`),
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
 * The kind of an open case that says that money which a lease has in its books is not with its provider: taken back, on no
 * statement, less than is booked, or booked by another payment's receipt. While it is open nothing goes out of that lease, no
 * money and no vehicle: somebody reverses the payment, or closes the case. Null where there is none.
 */
export async function saidGone(db: Queryable, leaseId: string): Promise<string | null> {
  const isIts = and(eq(attempts.leaseId, leaseId), eq(attempts.status, 'succeeded'), isAbout);
  const says = or(isTakenBack, isNowhere, isLess, eq(cases.kind, 'receipt_taken'));
  const [found] = await db
    .select({ kind: cases.kind })
    .from(cases)
    .innerJoin(attempts, isIts)
    .where(and(eq(cases.status, 'open'), says))
    .limit(1);
  return found?.kind ?? null;
}
