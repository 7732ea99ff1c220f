import { and, eq, isNotNull, isNull, lt, ne, notExists, or, sql, type SQL } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { normalForm } from '../schema/columns.ts';
import { attempts, cases, inbound, lackingPayments } from '../schema/index.ts';

const detail = (name: string) => sql<string | null>`${cases.detail} ->> ${name}`;
const isTakenBack = and(eq(cases.kind, 'reconciliation_missing_here'), isNotNull(detail('originalReceipt')));
const isNowhere = eq(cases.kind, 'reconciliation_missing_there');
const isLess = and(
  eq(cases.kind, 'reconciliation_differs'),
  lt(sql`(${detail('statementAmount')})::bigint`, sql`(${detail('ledgerAmount')})::bigint`),
);
const bears = (name: string, receipt: SQL) =>
  and(eq(detail('provider'), attempts.provider), eq(detail('currency'), attempts.currency), eq(detail(name), receipt));
/** The case of what was in suspense when it was opened, and that a lease has by now, names no payment. */
const wasOfSuspense = and(isNull(cases.paymentId), bears('receipt', normalForm(attempts.providerReference)));
/** A person has asked for the report before, and has closed the case that it opened. */
const isLookedAt = and(or(eq(cases.paymentId, attempts.id), wasOfSuspense), isNowhere, isNotNull(cases.closedBy));
const isAbout = or(
  eq(cases.paymentId, attempts.id),
  wasOfSuspense,
  bears('originalReceipt', normalForm(attempts.providerReference)),
);

/**
 * What says that money which a lease has in its books is not with its provider: the kind of an open case, where it was taken
 * back, is on no statement, is less than is booked, or booked by another payment's receipt; `statement_incomplete` where the
 * statement of its day lacks it still and is asked for again. While there is one nothing goes out of that lease, no money and no
 * vehicle: somebody reverses the payment, closes the case, or the statement has its line. Null where there is none.
 */
export async function saidGone(db: Queryable, leaseId: string): Promise<string | null> {
  const isIts = and(eq(attempts.leaseId, leaseId), eq(attempts.status, 'succeeded'));
  const isOfCharge = and(ne(attempts.kind, 'refund'), or(isNowhere, isLess));
  const says = or(isTakenBack, isOfCharge, eq(cases.kind, 'receipt_taken'));
  const [found] = await db
    .select({ kind: cases.kind })
    .from(cases)
    .innerJoin(attempts, and(isIts, isAbout))
    .where(and(eq(cases.status, 'open'), says))
    .limit(1);
  if (found !== undefined) return found.kind;
  const { movementId } = lackingPayments;
  const isItsMovement = or(eq(movementId, attempts.id), eq(movementId, inbound.id));
  const [lacking] = await db
    .select({ movementId })
    .from(attempts)
    .leftJoin(inbound, eq(inbound.paymentId, attempts.id))
    .innerJoin(lackingPayments, isItsMovement)
    .where(
      and(isIts, ne(attempts.kind, 'refund'), notExists(db.select({ id: cases.id }).from(cases).where(isLookedAt))),
    )
    .limit(1);
  return lacking === undefined ? null : 'statement_incomplete';
}

/** The same of money that waits in suspense or goes back from there: while it says so, none of it is sent, and it pays nobody's debt. */
export async function itemSaidGone(
  db: Queryable,
  { id, provider, currency, receipt }: Pick<typeof inbound.$inferSelect, 'id' | 'provider' | 'currency' | 'receipt'>,
): Promise<string | null> {
  const isIts = and(
    eq(detail('provider'), provider),
    eq(detail('currency'), currency),
    eq(detail('receipt'), receipt),
    or(isNowhere, isLess),
  );
  const told = await db
    .select({ kind: cases.kind, status: cases.status, closedBy: cases.closedBy })
    .from(cases)
    .where(isIts);
  const open = told.find(({ status }) => status === 'open');
  if (open !== undefined) return open.kind;
  const isLookedAtBefore = told.some(
    ({ kind, closedBy }) => kind === 'reconciliation_missing_there' && closedBy !== null,
  );
  const isLacking = (await db.$count(lackingPayments, eq(lackingPayments.movementId, id))) > 0;
  return isLacking && !isLookedAtBefore ? 'statement_incomplete' : null;
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
