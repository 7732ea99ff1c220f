import { alias } from 'drizzle-orm/pg-core';
import { and, asc, desc, eq, inArray, isNotNull, isNull, ne, or, like } from 'drizzle-orm';
import { dueFor, laterParts } from '#domain/leases/due';
import { keys } from '#domain/ledger/keys';
import { normalReceiptNumber } from '#domain/payments/receipt';
import type { PaymentKind, PaymentStatus } from '#domain/payments/payment';
import type { Queryable, Transaction } from '../client.ts';
import { prebuiltRows } from '../prebuilt.ts';
import { attempts, cases, methods, transfers } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';
import { whileHeldBy } from './tenures.ts';

export type AttemptRow = typeof attempts.$inferSelect;
interface PaymentFilter {
  readonly id?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly status?: PaymentStatus | undefined;
  readonly kind?: PaymentKind | undefined;
  readonly provider?: AttemptRow['provider'] | undefined;
}

/** Newest first. `customerId` limits to the payments of one customer's leases, while they were his. */
export async function listPayments(db: Queryable, filter: PaymentFilter, page: Page): Promise<AttemptRow[]> {
  const rows = await db
    .select({ payment: attempts })
    .from(attempts)
    .where(
      and(
        filter.id === undefined ? undefined : eq(attempts.id, filter.id),
        filter.leaseId === undefined ? undefined : eq(attempts.leaseId, filter.leaseId),
        filter.status === undefined ? undefined : isShownAs(filter.status),
        filter.kind === undefined ? undefined : eq(attempts.kind, filter.kind),
        filter.provider === undefined ? undefined : eq(attempts.provider, filter.provider),
        filter.customerId === undefined
          ? undefined
          : whileHeldBy(filter.customerId, attempts.leaseId, attempts.requestedAt),
        olderThan(page.before, attempts.createdAt, attempts.id),
      ),
    )
    .orderBy(desc(attempts.createdAt), desc(attempts.id))
    .limit(page.limit);
  return rows.map(({ payment }) => payment);
}

/** All payments and refunds of a lease, whatever came of them, as they were asked for. */
export const paymentsOfLease = (db: Queryable, leaseId: string): Promise<AttemptRow[]> =>
  db.select().from(attempts).where(eq(attempts.leaseId, leaseId)).orderBy(asc(attempts.requestedAt)).execute();

/** Payments of a settlement that succeeded. */
export const partsOfSettlement = (db: Queryable, leaseId: string, quoteId: string): Promise<AttemptRow[]> =>
  db
    .select()
    .from(attempts)
    .where(
      and(
        eq(attempts.leaseId, leaseId),
        eq(attempts.due, dueFor('settlement', quoteId)),
        eq(attempts.status, 'succeeded'),
      ),
    )
    .execute();

/** Cash of an earlier day that only its agent says, while nobody else has decided on that day. */
export const openCashClaims = (db: Queryable, leaseId: string): Promise<Pick<AttemptRow, 'id' | 'requestedAt'>[]> =>
  db
    .select({ id: attempts.id, requestedAt: attempts.requestedAt })
    .from(cases)
    .innerJoin(attempts, eq(attempts.id, cases.paymentId))
    .where(and(eq(cases.leaseId, leaseId), eq(cases.kind, 'backdated_cash'), eq(cases.status, 'open')))
    .execute();

/** How many refunds of a lease have an open outcome, or are not in the books. */
export function countOpenRefunds(db: Queryable, leaseId: string): Promise<number> {
  const isOpen = and(isNull(attempts.transferId), inArray(attempts.status, ['pending', 'unknown', 'succeeded']));
  return db.$count(attempts, and(eq(attempts.leaseId, leaseId), eq(attempts.kind, 'refund'), isOpen));
}

/** Those of some payment methods that are a customer's own still, locked until the transaction ends against who removes one. */
export const holdOwnMethods = (
  tx: Transaction,
  customerId: string,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly masked: string }[]> =>
  tx
    .select({ id: methods.id, masked: methods.masked })
    .from(methods)
    .where(and(eq(methods.userId, customerId), isNull(methods.deletedAt), inArray(methods.id, [...ids])))
    .orderBy(methods.id)
    .for('share')
    .execute();

/** See `untilBooked`. */
function isShownAs(status: PaymentStatus) {
  const isIt = eq(attempts.status, status);
  if (status === 'succeeded') return and(isIt, isNotNull(attempts.transferId));
  if (status === 'pending') return or(isIt, and(eq(attempts.status, 'succeeded'), isNull(attempts.transferId)));
  return isIt;
}

export async function findAttempt(db: Queryable, attemptId: string): Promise<AttemptRow | undefined> {
  const [row] = await attemptOf(db, { attemptId });
  return row;
}

const attemptOf = prebuiltRows(attempts, (db, given) =>
  db
    .select()
    .from(attempts)
    .where(eq(attempts.id, given('attemptId'))),
);

/** The trace in which a payment was sent last; null where nobody traced it. */
export async function traceOfPayment(db: Queryable, attemptId: string): Promise<string | null> {
  const [row] = await db.select({ trace: attempts.trace }).from(attempts).where(eq(attempts.id, attemptId));
  return row?.trace ?? null;
}

/** @throws Error where there is none. */
export async function findPayment(db: Queryable, id: string): Promise<AttemptRow> {
  const row = await findAttempt(db, id);
  if (row === undefined) throw new Error(`there is no payment ${id}`);
  return row;
}

/** The cash payment of an agent's receipt, however its number is written; what was reversed has left it free again. */
export async function cashByReceipt(
  db: Queryable,
  agentId: string,
  receiptNumber: string,
): Promise<AttemptRow | undefined> {
  const [row] = await cashOf(db, { agentId, receipt: normalReceiptNumber(receiptNumber) });
  return row;
}

/** The cash for claims that an agent's receipt was used for, the first first: all but the last were taken out of the books again. */
export async function claimCashOf(db: Queryable, agentId: string, receiptNumber: string) {
  const undone = alias(transfers, 'undone');
  const found: { id: string; cause: Readonly<Record<string, string>>; isUndone: boolean }[] = [];
  for (;;) {
    const key = keys.claimCash(agentId, normalReceiptNumber(receiptNumber), found.length);
    const [next] = await db
      .select({ id: transfers.id, cause: transfers.cause, undoneBy: undone.id })
      .from(transfers)
      .leftJoin(undone, eq(undone.reverses, transfers.id))
      .where(eq(transfers.key, key));
    if (next === undefined) return found;
    const { undoneBy, ...cash } = next;
    found.push({ ...cash, isUndone: undoneBy !== null });
  }
}

/** Whether an agent's receipt is of cash for a claim that stands. */
export async function isOfClaim(db: Queryable, agentId: string, receiptNumber: string): Promise<boolean> {
  return (await claimCashOf(db, agentId, receiptNumber)).some(({ isUndone }) => !isUndone);
}

const cashOf = prebuiltRows(attempts, (db, given) =>
  db
    .select()
    .from(attempts)
    .where(
      and(
        eq(attempts.agentId, given('agentId')),
        eq(attempts.receiptNormal, given('receipt')),
        ne(attempts.status, 'reversed'),
      ),
    ),
);

/** A customer's payment methods, newest first. */
export function listPaymentMethods(db: Queryable, userId: string) {
  return db
    .select()
    .from(methods)
    .where(and(eq(methods.userId, userId), isNull(methods.deletedAt)))
    .orderBy(desc(methods.createdAt));
}

export function findPaymentMethod(db: Queryable, id: string) {
  return db
    .select()
    .from(methods)
    .where(and(eq(methods.id, id), isNull(methods.deletedAt)))
    .then(([row]) => row);
}

/** The tries of a due and of its later parts (`instalment-7`, `instalment-7.2`). */
export async function attemptsFor(db: Queryable, leaseId: string, base: string) {
  return db
    .select({ due: attempts.due, status: attempts.status })
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), or(eq(attempts.due, base), like(attempts.due, laterParts(base)))));
}
